//! Where expressions find their variables: in a context of Tera's, or in values that lie about. A context is made
//! only for what has to be run by Tera.

use std::borrow::Cow;

use tera::{Context, Value};

/// The variables of an expression.
pub trait Variables {
    /// One of them.
    fn get(&self, name: &str) -> Option<&Value>;

    /// All of them, for Tera.
    fn context(&self) -> Cow<'_, Context>;
}

impl Variables for Context {
    fn get(&self, name: &str) -> Option<&Value> {
        Self::get(self, name)
    }

    fn context(&self) -> Cow<'_, Context> {
        Cow::Borrowed(self)
    }
}

/// Variables by their names, borrowed from where they are.
#[derive(Clone, Debug, Default)]
pub struct Borrowed<'v>(Vec<(&'static str, &'v Value)>);

impl<'v> Borrowed<'v> {
    /// These and one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'v Value) -> Self {
        self.0.push((name, value));
        self
    }
}

impl Variables for Borrowed<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(own, _)| *own == name);
        found.map(|(_, value)| *value)
    }

    fn context(&self) -> Cow<'_, Context> {
        let mut context = Context::new();
        for (name, value) in &self.0 {
            context.insert_value(*name, (*value).clone());
        }
        Cow::Owned(context)
    }
}
