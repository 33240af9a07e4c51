//! Filters beyond Tera's own, the same in configuration and in templates.

use tera::Tera;

/// Registers them; must run before templates are added.
pub fn register(tera: &mut Tera) {
    tera.register_filter("date", tera_contrib::dates::date);
    tera.register_filter("json_encode", tera_contrib::json::json_encode);
    tera.register_filter("slug", tera_contrib::slug::slug);
    tera.register_filter("urlencode", tera_contrib::urlencode::urlencode);
}
