//! Which template language an admin may write: text, `{{ value }}`, a few filters, and `{% if value %}`.
//!
//! It must never let through what could run long, grow without end or reach outside the closed set of values: so
//! there are no loops, no calls, no macros and no arithmetic ("a" * 999999999 is a loop too).

use minijinja::machinery::ast::{BinOpKind, Expr, Stmt, UnaryOpKind};
use minijinja::machinery::{Token, parse, tokenize};

use crate::facts::VARIABLES;
use crate::template_error::{Part, TemplateError, What};

const FILTERS: [&str; 3] = ["upper", "lower", "trim"];
/// Bytes of a template.
const LONGEST_SOURCE: usize = 8 * 1024;
/// Between the braces of one tag; and tags in all.
const MOST_TOKENS: usize = 40;
const MOST_TAGS: usize = 150;

/// Looks at all of a template, also at what no sample reaches.
pub(crate) fn check_source(part: Part, source: &str) -> Result<(), TemplateError> {
    if source.len() > LONGEST_SOURCE {
        return Err(TemplateError { part, line: 1, what: What::TooLong });
    }
    shallow(source).map_err(|(line, what)| TemplateError { part, line, what })?;
    let parsed = parse(source, "template", Default::default()).map_err(|error| TemplateError {
        part,
        line: error.line().unwrap_or(1),
        what: What::Syntax,
    })?;
    Checker { part }.statement(&parsed).map_err(|(line, what)| TemplateError { part, line, what })
}

/// Parsing goes as deep as the template is nested, and the stack is not endless.
fn shallow(source: &str) -> Checked {
    let (mut tags, mut inside) = (0, 0);
    // What can't be told apart into tokens is for the parser to complain of.
    for (token, span) in tokenize(source, false, Default::default()).map_while(Result::ok) {
        inside += 1;
        match token {
            Token::BlockStart | Token::VariableStart => (tags, inside) = (tags + 1, 0),
            Token::TemplateData(_) => inside = 0,
            _ => {}
        }
        if inside > MOST_TOKENS || tags > MOST_TAGS {
            return Err((usize::from(span.start_line), What::TooLong));
        }
    }
    Ok(())
}

type Checked = Result<(), (usize, What)>;

struct Checker {
    part: Part,
}

impl Checker {
    fn statement(&self, node: &Stmt<'_>) -> Checked {
        let refuse = |line: u16, name: &str| Err((usize::from(line), What::NotAllowed(name.to_owned())));
        match node {
            Stmt::Template(template) => template.children.iter().try_for_each(|node| self.statement(node)),
            Stmt::EmitRaw(_) => Ok(()),
            Stmt::EmitExpr(emit) => self.expression(&emit.expr),
            Stmt::IfCond(condition) => {
                self.expression(&condition.expr)?;
                condition
                    .true_body
                    .iter()
                    .chain(&condition.false_body)
                    .try_for_each(|node| self.statement(node))
            }
            Stmt::ForLoop(node) => refuse(node.span().start_line, "for"),
            Stmt::WithBlock(node) => refuse(node.span().start_line, "with"),
            Stmt::Set(node) => refuse(node.span().start_line, "set"),
            Stmt::SetBlock(node) => refuse(node.span().start_line, "set"),
            Stmt::AutoEscape(node) => refuse(node.span().start_line, "autoescape"),
            Stmt::FilterBlock(node) => refuse(node.span().start_line, "filter"),
            Stmt::Do(node) => refuse(node.span().start_line, "do"),
            // What the program's other features of the engine bring: all of it is more than is needed.
            #[allow(unreachable_patterns)]
            _ => refuse(1, "this"),
        }
    }

    fn expression(&self, node: &Expr<'_>) -> Checked {
        let line = usize::from(node.span().start_line);
        let refuse = |name: &str| Err((line, What::NotAllowed(name.to_owned())));
        match node {
            Expr::Const(_) => Ok(()),
            Expr::Var(var) if var.id == "code" && self.part == Part::Subject => {
                Err((line, What::CodeInSubject))
            }
            Expr::Var(var) if VARIABLES.contains(&var.id) => Ok(()),
            Expr::Var(var) => Err((line, What::UnknownVariable(var.id.to_owned()))),
            Expr::UnaryOp(op) if matches!(op.op, UnaryOpKind::Not) => self.expression(&op.expr),
            Expr::BinOp(op) => match op.op {
                BinOpKind::Mul | BinOpKind::Pow => refuse("*"),
                BinOpKind::Add | BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => {
                    refuse("arithmetic")
                }
                _ => self.expression(&op.left).and_then(|()| self.expression(&op.right)),
            },
            Expr::Compare(compare) => {
                self.expression(&compare.expr)?;
                compare.ops.iter().try_for_each(|op| self.expression(&op.expr))
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr)?;
                self.expression(&choice.true_expr)?;
                choice.false_expr.as_ref().map_or(Ok(()), |node| self.expression(node))
            }
            Expr::Filter(filter) if !FILTERS.contains(&filter.name) => {
                Err((line, What::UnknownFilter(filter.name.to_owned())))
            }
            Expr::Filter(filter) => {
                if !filter.args.is_empty() {
                    return refuse("()");
                }
                filter.expr.as_ref().map_or(Ok(()), |node| self.expression(node))
            }
            Expr::Call(_) => refuse("()"),
            Expr::GetAttr(_) | Expr::GetItem(_) | Expr::Slice(_) => refuse("[]"),
            other => refuse(other.description()),
        }
    }
}
