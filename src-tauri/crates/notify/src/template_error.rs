//! What is wrong with an admin's template, and where: shown beside the text while it is written.

use std::fmt;

use crate::notice::Language;
use crate::words::Words;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    pub part: Part,
    /// From 1; of the template, or of nothing in it (1) if it is about the whole.
    pub line: usize,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Subject,
    Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Syntax,
    UnknownVariable(String),
    UnknownFilter(String),
    /// Loops, calls, arithmetic: more than text, values and conditions.
    NotAllowed(String),
    Endless,
    TooLong,
    CodeInSubject,
    CodeMissing,
    CodeTwice,
    PlaceMissing,
    Empty,
}

impl TemplateError {
    pub fn say(&self, language: Language) -> String {
        let (key, name) = match &self.what {
            What::Syntax => ("template_syntax", ""),
            What::UnknownVariable(name) => ("template_variable", name.as_str()),
            What::UnknownFilter(name) => ("template_filter", name.as_str()),
            What::NotAllowed(name) => ("template_not_allowed", name.as_str()),
            What::Endless => ("template_endless", ""),
            What::TooLong => ("template_too_long", ""),
            What::CodeInSubject => ("template_code_in_subject", ""),
            What::CodeMissing => ("template_code_missing", ""),
            What::CodeTwice => ("template_code_twice", ""),
            What::PlaceMissing => ("template_place_missing", ""),
            What::Empty => ("template_empty", ""),
        };
        Words::of(language).say(key, &[("name", name)])
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.say(Language::En))
    }
}

impl std::error::Error for TemplateError {}
