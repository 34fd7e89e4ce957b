//! Who somebody's manager is, out of what a source calls them; and nobody above themselves.

use super::job::Line;
use super::plan::{Book, Change, merged, words};
use crate::Result;
use domain::directory::{Field, Source};
use foldhash::{HashMap, HashMapExt as _};

/// The longest text kept of a manager whom nobody knows.
const TEXT_MAX: usize = 200;

/// Somebody who is known, or the line that brings somebody new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Known(usize),
    Line(usize),
}

fn node_of_line(book: &Book<'_>, at: usize) -> Node {
    book.who.get(at).copied().flatten().map_or(Node::Line(at), Node::Known)
}

fn find(book: &Book<'_>, source: Source, text: &str) -> Option<Node> {
    if source == book.job.source
        && let Some(at) = book
            .line_by_external
            .get(text)
            .or_else(|| book.line_by_reference.get(text.to_lowercase().as_str()))
    {
        return Some(node_of_line(book, *at));
    }
    if let Some(known) = book.by_external.get(&(source, text)) {
        return Some(Node::Known(*known));
    }
    let address = text.to_lowercase();
    if let Some(at) = book.line_by_email.get(address.as_str()) {
        return Some(node_of_line(book, *at));
    }
    book.by_email.get(address.as_str()).copied().map(Node::Known)
}

/// The manager of a line as it is kept: by the source's own key, else by mail address, else as it stands there.
/// Who is named as their own manager has none.
pub(super) fn as_kept(book: &Book<'_>, at: usize, line: &Line) -> Option<String> {
    let text = line.manager.as_deref()?;
    let source = book.job.source;
    let kept = match find(book, source, text) {
        None => text.to_owned(),
        Some(node) if node == node_of_line(book, at) => return None,
        Some(Node::Line(other)) => {
            let other = book.job.lines.get(other)?;
            other.external_id.clone().or_else(|| other.record.email.clone())?
        }
        Some(Node::Known(known)) => {
            let known = book.everybody.people.get(known)?;
            let key = known.words.iter().find(|w| w.source == source).and_then(|w| w.external_id.clone());
            key.or_else(|| known.email.clone()).unwrap_or_else(|| text.to_owned())
        }
    };
    (kept.chars().count() <= TEXT_MAX).then_some(kept)
}

/// Refuses all that would close a cycle, and tells their lines.
pub(super) fn refuse_cycles(book: &Book<'_>, changes: &mut [Change]) -> Result<Vec<usize>> {
    let node = |c: &Change| c.known.map(Node::Known).or(c.line.map(Node::Line));
    let at: HashMap<Node, usize> =
        changes.iter().enumerate().filter_map(|(n, c)| Some((node(c)?, n))).collect();
    let above = |of: Node| -> Result<Option<Node>> {
        if let Some(change) = at.get(&of).and_then(|n| changes.get(*n)) {
            return Ok(change.manager.as_ref().and_then(|(source, text)| find(book, *source, text)));
        }
        let Node::Known(known) = of else { return Ok(None) };
        let Some(known) = book.everybody.people.get(known) else { return Ok(None) };
        let merged = merged(&words(known)?);
        let owner = merged.owners.get(&Field::Manager).copied();
        Ok(owner.zip(merged.record.manager).and_then(|(source, text)| find(book, source, &text)))
    };
    // Which walk came by; a walk that meets itself has found a cycle.
    let mut seen: HashMap<Node, usize> = HashMap::new();
    let mut cycles = Vec::new();
    for (walk, change) in changes.iter().enumerate() {
        let mut path = Vec::new();
        let mut next = node(change);
        while let Some(of) = next {
            match seen.insert(of, walk) {
                Some(other) if other == walk => {
                    cycles.extend(path.iter().skip_while(|n| **n != of).copied());
                    break;
                }
                Some(_) => break,
                None => path.push(of),
            }
            next = above(of)?;
        }
    }
    let mut lines = Vec::new();
    for n in cycles.iter().filter_map(|of| at.get(of)) {
        if let Some(change) = changes.get_mut(*n).filter(|c| c.line.is_some()) {
            change.refuse();
            lines.extend(change.line);
        }
    }
    Ok(lines)
}
