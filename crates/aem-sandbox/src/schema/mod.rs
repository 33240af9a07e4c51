//! The GraphQL schema of an endpoint, derived from Content Fragment Models.
//!
//! [`types`] decides which types and fields there are, [`names`] how they are called, [`sdl`] writes them as text; the
//! result is an [`EndpointSchema`] that also knows which model stands behind each type and query field.
//! Source: aem-protocol.md, section 4.

mod names;
mod sdl;
mod types;

pub(crate) use types::{ModelType, TypeField, TypeKind};

use crate::repository::Model;
use apollo_compiler::Schema;
use apollo_compiler::validation::Valid;
use std::collections::HashMap;

/// The schema of one endpoint.
#[derive(Debug)]
pub(crate) struct EndpointSchema {
    pub(crate) sdl: String,
    pub(crate) schema: Valid<Schema>,
    pub(crate) types: Vec<ModelType>,
    /// Number of the type of each model, by the model's number.
    by_model: HashMap<usize, usize>,
    roots: HashMap<String, Root>,
}

/// A field of `QueryType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) kind: RootKind,
    /// Number of the model type.
    pub(crate) model_type: usize,
}

/// The forms of query a model has (section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootKind {
    ByPath,
    ById,
    List,
    Paginated,
}

impl EndpointSchema {
    /// Derives the schema of a configuration.
    ///
    /// A schema the engine does not accept is a fault of the derivation; it is returned in words.
    pub(crate) fn derive(models: &[Model], configuration: &str) -> Result<Self, String> {
        let types = types::derive(models, configuration);
        let sdl = sdl::write(&types);
        let schema = Schema::parse_and_validate(&sdl, "endpoint.GQLschema")
            .map_err(|error| error.errors.to_string())?;
        let mut roots = HashMap::new();
        for (model_type, model) in types.iter().enumerate() {
            for (form, kind) in [
                ("ByPath", RootKind::ByPath),
                ("ById", RootKind::ById),
                ("List", RootKind::List),
                ("Paginated", RootKind::Paginated),
            ] {
                let name = format!("{}{form}{}", model.query, model.suffix);
                roots.insert(name, Root { kind, model_type });
            }
        }
        let by_model = types.iter().map(|model| model.model).zip(0..).collect();
        Ok(Self {
            sdl,
            schema,
            types,
            by_model,
            roots,
        })
    }

    /// The type of a model, when this endpoint has it.
    pub(crate) fn type_of(&self, model: usize) -> Option<usize> {
        self.by_model.get(&model).copied()
    }

    pub(crate) fn root(&self, field: &str) -> Option<Root> {
        self.roots.get(field).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::FieldKind;

    fn recipe() -> Model {
        Model::new("harbor", "recipe", "Recipe")
            .with("title", FieldKind::Text)
            .with("price", FieldKind::Float)
            .with("photo", FieldKind::ContentReference)
            .with(
                "chef",
                FieldKind::FragmentReference(vec![chef().path().to_owned()]),
            )
            .with_many(
                "more",
                FieldKind::FragmentReference(vec![
                    chef().path().to_owned(),
                    "/conf/gone".to_owned(),
                ]),
            )
            .with(
                "lost",
                FieldKind::FragmentReference(vec!["/conf/gone".to_owned()]),
            )
            .with("nutrition", FieldKind::Json)
    }

    fn chef() -> Model {
        Model::new("harbor", "chef", "Chef").with("lastName", FieldKind::Text)
    }

    #[test]
    fn types_and_filters_follow_the_models() {
        let schema = EndpointSchema::derive(&[chef(), recipe()], "harbor").unwrap();
        let recipe = schema.schema.get_object("RecipeModel").unwrap();
        assert!(recipe.fields.contains_key("photo"));
        assert_eq!(recipe.fields["chef"].ty.to_string(), "ChefModel");
        assert_eq!(recipe.fields["more"].ty.to_string(), "[AllFragmentModels]");
        assert!(
            !recipe.fields.contains_key("lost"),
            "no type without its model"
        );
        let filter = schema.schema.get_input_object("RecipeModelFilter").unwrap();
        assert!(filter.fields.contains_key("chef"));
        for unfiltered in ["photo", "more", "nutrition"] {
            assert!(!filter.fields.contains_key(unfiltered), "{unfiltered}");
        }
    }

    #[test]
    fn clashing_models_are_numbered_own_before_global() {
        let global = Model::new("global", "recipe", "Recipe").with("x", FieldKind::Text);
        let schema = EndpointSchema::derive(&[global, recipe(), chef()], "harbor").unwrap();
        let own = schema.root("recipeList").unwrap();
        let other = schema.root("recipeList_2").unwrap();
        assert_eq!(schema.types[own.model_type].model, 1);
        assert_eq!(schema.types[other.model_type].name, "RecipeModel_2");
    }

    #[test]
    fn other_configurations_are_not_seen() {
        let schema = EndpointSchema::derive(&[recipe()], "elsewhere").unwrap();
        assert!(schema.types.is_empty());
    }
}
