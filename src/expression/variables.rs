//! Where expressions find their variables: in a context of Tera's, or in values that lie about. A context is made
//! only for what has to be run by Tera.

use std::borrow::Cow;
use std::cell::OnceCell;

use tera::value::Key;
use tera::{Context, Value};

use crate::value::Packed;

/// The variables of an expression.
pub trait Variables {
    /// One of them.
    fn get(&self, name: &str) -> Option<&Value>;

    /// A member of one of them, which need not be made whole for it.
    fn member<'v>(&'v self, root: &str, name: &'v str) -> Option<Cow<'v, Value>> {
        let found = self.get(root)?.as_map()?.get(&Key::Str(name));
        found.map(Cow::Borrowed)
    }

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
pub struct Borrowed<'v>(Vec<(&'static str, Variable<'v>)>);

#[derive(Clone, Debug)]
enum Variable<'v> {
    Value(&'v Value),
    /// Unpacked as soon as all of it is asked for.
    Packed(&'v Packed, OnceCell<Value>),
}

impl Variable<'_> {
    fn value(&self) -> &Value {
        match self {
            Self::Value(value) => value,
            Self::Packed(packed, value) => value.get_or_init(|| packed.value()),
        }
    }
}

impl<'v> Borrowed<'v> {
    /// These and one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'v Value) -> Self {
        self.0.push((name, Variable::Value(value)));
        self
    }

    /// These and one more, which is packed.
    #[must_use]
    pub fn with_packed(mut self, name: &'static str, packed: &'v Packed) -> Self {
        self.0
            .push((name, Variable::Packed(packed, OnceCell::new())));
        self
    }

    fn find(&self, name: &str) -> Option<&Variable<'v>> {
        let found = self.0.iter().find(|(own, _)| *own == name);
        found.map(|(_, variable)| variable)
    }
}

impl Variables for Borrowed<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.find(name).map(Variable::value)
    }

    fn member<'v>(&'v self, root: &str, name: &'v str) -> Option<Cow<'v, Value>> {
        match self.find(root)? {
            Variable::Value(value) => value.as_map()?.get(&Key::Str(name)).map(Cow::Borrowed),
            Variable::Packed(packed, _) => packed.member(name).map(Cow::Owned),
        }
    }

    fn context(&self) -> Cow<'_, Context> {
        let mut context = Context::new();
        for (name, variable) in &self.0 {
            context.insert_value(*name, variable.value().clone());
        }
        Cow::Owned(context)
    }
}
