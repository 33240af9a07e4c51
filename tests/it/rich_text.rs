//! Rich text: both forms of AEM's give the same page, nothing is lost on the way, links lead to pages, and
//! a site may print nodes its own way.

mod components;
mod hostile;
mod links;
mod references;
mod support;
mod wknd;
