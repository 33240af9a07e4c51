//! Files that follow from the route table alone, without a template.
//!
//! They are made before the first page is rendered, so that what stands in their way is known then.

mod redirects;

pub use redirects::redirects;
