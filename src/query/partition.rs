//! `partition`: a query asked in parts, each of them for one value of a variable.

use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::{PagingNames, VariableTemplates};
use crate::aem::Variables;
use crate::diag::{Diagnostic, Kind};
use crate::table::{Table, to_json};

/// The parts in which a query is asked, side by side. Together their items are the query's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The variable that has another value in each.
    pub variable: String,
    /// The values, in the order in which the items of the parts follow each other.
    pub values: Vec<Value>,
}

impl Partition {
    /// Variables with those of all parts together: what builds are compared by, and what reports tell.
    #[must_use]
    pub fn together(&self, variables: &Variables) -> Variables {
        let mut all = variables.clone();
        all.set(&*self.variable, Value::from(self.values.clone()));
        all
    }

    /// Reads `partition` of a definition; its key is in `table`.
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let own = table.table("partition")?;
        for key in ["variable", "values"] {
            if !own.has(key) {
                let message = format!("`{}` is missing", own.full(key));
                own.reader().push(
                    Diagnostic::error(Kind::Config, message)
                        .at(own.reader().file().at(own.span()))
                        .help(
                            "write `partition = { variable = \"NAME\", values = [\"…\", \"…\"] }`",
                        ),
                );
            }
        }
        let variable = own.filled("variable");
        let values = read_values(&own);
        Some(Self {
            variable: variable?.value,
            values: values?,
        })
    }

    /// Reports a variable that somebody else sets, too: it would have one value in all parts.
    pub(super) fn check(
        &self,
        table: &Table<'_>,
        variables: &VariableTemplates,
        paging: &PagingNames,
    ) {
        let name = self.variable.as_str();
        let PagingNames {
            first,
            after,
            offset,
            limit,
        } = paging;
        let (message, help) = if variables.sets(name) {
            (
                format!(
                    "the variable `{name}` is set twice: by `partition` and among the variables"
                ),
                "take it out of one of them",
            )
        } else if [first, after, offset, limit].contains(&&self.variable) {
            (
                format!("the variable `{name}` cannot make parts: paging sets it"),
                "name the variable that the query filters by; `paging_variables` renames those of paging",
            )
        } else {
            return;
        };
        table.reader().push(
            Diagnostic::error(Kind::Config, message)
                .at(table.place("partition"))
                .help(help),
        );
    }
}

/// `None` after a mistake, which has been reported.
fn read_values(own: &Table<'_>) -> Option<Vec<Value>> {
    let reader = own.reader();
    let given = own.raw("values")?;
    let DeValue::Array(list) = given.get_ref() else {
        let found = given.get_ref().type_str();
        let message = format!("`{}` must be a list, not a {found}", own.full("values"));
        reader.error(given.span(), message);
        return None;
    };
    if list.is_empty() {
        let message = format!(
            "`{}` names no value: the query would never be asked",
            own.full("values")
        );
        reader.error(given.span(), message);
        return None;
    }
    let mut values = Vec::new();
    let mut sound = true;
    for entry in list {
        match read_value(own, entry) {
            Some(value) if values.contains(&value) => {
                let message = format!("`{}` has {value} twice", own.full("values"));
                reader.error(entry.span(), message);
                sound = false;
            }
            Some(value) => values.push(value),
            None => sound = false,
        }
    }
    sound.then_some(values)
}

/// A text, a number, true or false.
fn read_value(own: &Table<'_>, entry: &Spanned<DeValue<'_>>) -> Option<Value> {
    let reader = own.reader();
    let refuse = |why: &str, help: &str| {
        let message = format!("a value of `{}` {why}", own.full("values"));
        reader.push(
            Diagnostic::error(Kind::Config, message)
                .at(reader.file().at(entry.span()))
                .help(help),
        );
    };
    match entry.get_ref() {
        DeValue::String(text) if text.contains("{{") || text.contains("{%") => {
            refuse(
                "is sent as it stands here, and cannot be made by a template",
                "write the values out; what depends on the language or the item goes into `variables`",
            );
            None
        }
        DeValue::String(_) | DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) => {
            Some(to_json(entry.get_ref()))
        }
        other => {
            refuse(
                &format!(
                    "is a text, a number, `true` or `false`, not of type {}",
                    other.type_str()
                ),
                "one part is asked for one value",
            );
            None
        }
    }
}
