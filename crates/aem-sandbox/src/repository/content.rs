//! From the node tree to content: models, fragments, assets, stored queries, endpoints, tags, pages.
//!
//! Source: aem-protocol.md, sections 14.3 to 14.7.

use super::asset::Asset;
use super::fragment::{Fragment, derived_id};
use super::model::Model;
use super::node::Node;
use super::property::{Property, Scalar};
use crate::problem::Problem;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Node that closes a folder to all but some.
const CUG_POLICY: &str = "rep:cugPolicy";

/// Everything found in a tree, not yet indexed.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) models: Vec<Model>,
    pub(super) fragments: Vec<Fragment>,
    pub(super) assets: Vec<Asset>,
    /// By configuration and name.
    pub(super) queries: BTreeMap<(String, String), String>,
    /// Configurations that have an endpoint.
    pub(super) endpoints: BTreeSet<String>,
    /// Tag id to title.
    pub(super) tags: BTreeMap<String, String>,
    /// Content of pages by path.
    pub(super) pages: BTreeMap<String, Arc<Node>>,
    /// Closed User Groups: folder to the names of those who may read it.
    pub(super) closed: BTreeMap<String, Vec<String>>,
    pub(super) problems: Vec<Problem>,
    /// UUIDs of fragments so far: copies made by hand keep the original's.
    ids: HashSet<String>,
}

impl Content {
    /// Collects from the root node.
    pub(super) fn read(root: &Node, problems: Vec<Problem>) -> Self {
        let mut content = Self {
            problems,
            ..Self::default()
        };
        if let Some(conf) = root.child("conf") {
            content.configurations(conf, "");
        }
        content.models.sort_by(|a, b| a.path.cmp(&b.path));
        let Some(top) = root.child("content") else {
            return content;
        };
        let models: Vec<(String, usize)> = content
            .models
            .iter()
            .map(|m| m.path.clone())
            .zip(0..)
            .collect();
        let models: HashMap<String, usize> = models.into_iter().collect();
        for child in &top.children {
            let path = format!("/content/{}", child.name);
            match child.name.as_str() {
                "dam" => content.dam(child, &path, &models),
                "cq:graphql" => content.endpoints(child, ""),
                "cq:tags" => content.tags(child),
                _ => content.pages(child, &path),
            }
        }
        content
    }

    /// Walks `/conf`; a Sites configuration is any folder with `settings`.
    fn configurations(&mut self, folder: &Node, name: &str) {
        for child in &folder.children {
            if child.name == "settings" {
                self.settings(child, name);
            } else {
                let name = if name.is_empty() {
                    child.name.clone()
                } else {
                    format!("{name}/{}", child.name)
                };
                self.configurations(child, &name);
            }
        }
    }

    fn settings(&mut self, settings: &Node, configuration: &str) {
        let models = settings.descendant("dam/cfm/models");
        for node in models.into_iter().flat_map(|folder| &folder.children) {
            if node.primary_type() != "cq:Template" {
                continue;
            }
            let path = format!(
                "/conf/{configuration}/settings/dam/cfm/models/{}",
                node.name
            );
            match Model::read(node, &path, configuration) {
                Ok(model) => self.models.push(model),
                Err(reason) => self.report(node, &path, &format!("model left out: {reason}")),
            }
        }
        let queries = settings.descendant("graphql/persistentQueries");
        for node in queries.into_iter().flat_map(|folder| &folder.children) {
            if node.name.contains(':') {
                continue;
            }
            match stored_text(node) {
                Ok(text) => {
                    self.queries
                        .insert((configuration.to_owned(), node.name.clone()), text);
                }
                Err(reason) => {
                    let path = format!(
                        "/conf/{configuration}/settings/graphql/persistentQueries/{}",
                        node.name
                    );
                    self.report(node, &path, &format!("persisted query left out: {reason}"));
                }
            }
        }
    }

    fn endpoints(&mut self, folder: &Node, configuration: &str) {
        for child in &folder.children {
            if child.text("sling:resourceType") == Some("graphql/sites/components/endpoint") {
                self.endpoints.insert(configuration.to_owned());
            } else {
                let name = if configuration.is_empty() {
                    child.name.clone()
                } else {
                    format!("{configuration}/{}", child.name)
                };
                self.endpoints(child, &name);
            }
        }
    }

    fn dam(&mut self, folder: &Node, path: &str, models: &HashMap<String, usize>) {
        self.closed_group(folder, path);
        for child in &folder.children {
            if child.name == "jcr:content" || child.name == CUG_POLICY {
                continue;
            }
            let path = format!("{path}/{}", child.name);
            if child.primary_type() != "dam:Asset" {
                self.dam(child, &path, models);
            } else if is_fragment(child) {
                match self.fragment(child, &path, models) {
                    Ok(fragment) => self.add(child, fragment),
                    Err(reason) => {
                        self.report(child, &path, &format!("fragment left out: {reason}"));
                    }
                }
            } else {
                self.assets.push(Asset::read(child, &path));
            }
        }
    }

    fn add(&mut self, node: &Node, mut fragment: Fragment) {
        if !self.ids.insert(fragment.id.clone()) {
            let fresh = derived_id(&fragment.path);
            let message = format!(
                "`jcr:uuid` {} is taken by another fragment; {fresh} is used instead",
                fragment.id
            );
            self.report(node, &fragment.path, &message);
            fragment.id = fresh;
        }
        self.fragments.push(fragment);
    }

    fn fragment(
        &self,
        node: &Node,
        path: &str,
        models: &HashMap<String, usize>,
    ) -> Result<Fragment, String> {
        let data = node
            .descendant("jcr:content/data")
            .ok_or("no `jcr:content/data`")?;
        let model = data.text("cq:model").ok_or("no `cq:model`")?;
        let number = models
            .get(model)
            .ok_or_else(|| format!("its model `{model}` is not in the package"))?;
        Fragment::read(node, path, (*number, &self.models[*number]))
    }

    fn tags(&mut self, namespaces: &Node) {
        for namespace in &namespaces.children {
            self.tag(namespace, format!("{}:", namespace.name));
        }
    }

    fn tag(&mut self, node: &Node, id: String) {
        for child in &node.children {
            let separator = if id.ends_with(':') { "" } else { "/" };
            self.tag(child, format!("{id}{separator}{}", child.name));
        }
        if node.primary_type() == "cq:Tag" {
            let title = node.text("jcr:title").unwrap_or(&node.name).to_owned();
            self.tags.insert(id, title);
        }
    }

    /// A folder's Closed User Group, as the repository stores it.
    fn closed_group(&mut self, folder: &Node, path: &str) {
        let Some(policy) = folder.child(CUG_POLICY) else {
            return;
        };
        let names = policy.property("rep:principalNames");
        let names = names.into_iter().flat_map(Property::texts);
        self.closed
            .insert(path.to_owned(), names.map(str::to_owned).collect());
    }

    fn pages(&mut self, node: &Node, path: &str) {
        self.closed_group(node, path);
        for child in node
            .children
            .iter()
            .filter(|child| child.name != "jcr:content")
        {
            self.pages(child, &format!("{path}/{}", child.name));
        }
        if node.primary_type() == "cq:Page" {
            let content = node.child("jcr:content").cloned().unwrap_or_default();
            self.pages.insert(path.to_owned(), Arc::new(content));
        }
    }

    fn report(&mut self, node: &Node, path: &str, message: &str) {
        let file = node
            .origin
            .as_ref()
            .map_or_else(|| PathBuf::from(path), |file| file.to_path_buf());
        self.problems.push(Problem::new(file, message));
    }
}

fn is_fragment(asset: &Node) -> bool {
    let flag = asset
        .child("jcr:content")
        .and_then(|content| content.property("contentFragment"));
    matches!(flag, Some(Property::Single(Scalar::Boolean(true))))
}

/// The text of a stored query: a binary beside the node, or written inline.
fn stored_text(node: &Node) -> Result<String, String> {
    let content = node.child("jcr:content").unwrap_or(node);
    match content.property("jcr:data") {
        Some(Property::Single(Scalar::Binary(file))) if file.as_os_str().is_empty() => {
            Err("`jcr:data` has no file `_jcr_data.binary`".to_owned())
        }
        Some(Property::Single(Scalar::Binary(file))) => {
            std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
        }
        Some(Property::Single(Scalar::Text(text))) => Ok(text.clone()),
        _ => Err("no `jcr:content/jcr:data`".to_owned()),
    }
}
