//! Rich text: both forms of AEM's give the same page, and nothing is lost on the way.

mod wknd;
