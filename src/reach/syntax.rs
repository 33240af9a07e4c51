//! Templates as far as it matters what they read: expressions are kept as they are, and of statements the order and
//! the nesting are forgotten.

use std::borrow::Cow;

/// Something that has a value.
#[derive(Debug)]
pub(super) enum Expr<'t> {
    Text(Cow<'t, str>),
    /// A number, `true`, `none`.
    Scalar,
    Name(&'t str),
    /// `a.b`, `a?.b`
    Member(Box<Expr<'t>>, &'t str),
    /// `a[b]`
    Index(Box<Expr<'t>>, Box<Expr<'t>>),
    /// `a[1:2]`, with what bounds it.
    Slice(Box<Expr<'t>>, Vec<Expr<'t>>),
    List(Vec<Entry<'t>>),
    /// The values of a map, and the maps that are spread in it.
    Map(Vec<Expr<'t>>),
    /// `[a for b in c if d]`
    Comprehension(Box<Comprehension<'t>>),
    Call(&'t str, Arguments<'t>),
    Filter(Box<Expr<'t>>, &'t str, Arguments<'t>),
    Test(Box<Expr<'t>>, &'t str, Arguments<'t>),
    Component(String, Vec<Attribute<'t>>),
    /// `a or b`, `a and b`: one of them, which depends on the first.
    Either(Box<Expr<'t>>, Box<Expr<'t>>),
    /// `a if b else c`, with the condition first.
    Ternary(Box<[Expr<'t>; 3]>),
    Not(Box<Expr<'t>>),
    /// `==` and `!=`
    Equality(Box<Expr<'t>>, Box<Expr<'t>>),
    /// Anything else that makes a value of values.
    Operation(Vec<Expr<'t>>),
}

/// The arguments of a function, filter or test, by their names.
pub(super) type Arguments<'t> = Vec<(&'t str, Expr<'t>)>;

/// What stands in a list.
#[derive(Debug)]
pub(super) enum Entry<'t> {
    One(Expr<'t>),
    /// `...a`
    Spread(Expr<'t>),
}

/// What is given to a component.
#[derive(Debug)]
pub(super) enum Attribute<'t> {
    Named(&'t str, Expr<'t>),
    /// `{...a}`
    Spread(Expr<'t>),
}

/// A list made of another.
#[derive(Debug)]
pub(super) struct Comprehension<'t> {
    pub(super) value: Expr<'t>,
    pub(super) each: Each<'t>,
    pub(super) condition: Option<Expr<'t>>,
}

/// `for key, value in list`
#[derive(Debug)]
pub(super) struct Each<'t> {
    pub(super) key: Option<&'t str>,
    pub(super) value: &'t str,
    pub(super) list: Expr<'t>,
}

/// What a template does.
#[derive(Debug)]
pub(super) enum Step<'t> {
    Print(Expr<'t>),
    /// `if`
    Ask(Expr<'t>),
    For(Each<'t>),
    Set(&'t str, Expr<'t>),
    /// `{% set name %}…{% endset %}`: a text of its own.
    Capture(&'t str),
    /// `extends` and `include`
    Use(Cow<'t, str>),
}

/// A template without its components, or a component.
#[derive(Debug, Default)]
pub(super) struct Unit<'t> {
    pub(super) component: Option<Definition<'t>>,
    pub(super) steps: Vec<Step<'t>>,
}

/// The head of a component.
#[derive(Debug, Default)]
pub(super) struct Definition<'t> {
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter<'t>>,
    /// `...rest`
    pub(super) rest: Option<&'t str>,
}

/// What a component is given.
#[derive(Debug)]
pub(super) struct Parameter<'t> {
    pub(super) name: &'t str,
    pub(super) origin: Origin,
    pub(super) default: Option<Expr<'t>>,
}

/// Where a component's argument comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Its call.
    Call,
    /// Its call, or else the variable of that name around it: `@name`.
    Around,
}
