//! Mistakes in an expression: places and texts in, the report that cel-go prints out.
//!
//! Mirrors: cel-go common/error.go, common/errors.go

/// A place in an expression: the line from one (none of them: zero), the column from zero, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Issue {
    pub(crate) place: Place,
    pub(crate) text: String,
    /// The name that was probably meant.
    pub(crate) meant: Option<String>,
}

/// A report is cut off after so many mistakes.
const MOST: usize = 100;
/// Lines of the source that are longer than this are not shown.
const LONGEST_LINE: usize = 16_384;

/// All mistakes, each with the line that it is in.
pub(crate) fn report(source: &str, issues: &[Issue]) -> String {
    let mut sorted: Vec<&Issue> = issues.iter().take(MOST).collect();
    sorted.sort_by_key(|issue| issue.place);
    let mut texts: Vec<String> = sorted.iter().map(|issue| one(source, issue)).collect();
    if issues.len() > MOST {
        texts.push(format!("{} more errors were truncated", issues.len() - MOST));
    }
    texts.join("\n")
}

/// The nearest of `names`, if any is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted = name.to_lowercase();
    let by_distance =
        names.map(|known| (strsim::osa_distance(&wanted, &known.to_lowercase()), known));
    let near = by_distance.filter(|(distance, known)| *distance <= 1 + known.len() / 4);
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known.to_owned())
}

fn one(source: &str, issue: &Issue) -> String {
    let Place { line, column } = issue.place;
    if line == 0 {
        return format!("ERROR: <input>:-1:0: {}", issue.text);
    }
    let mut text = format!("ERROR: <input>:{line}:{}: {}", column + 1, issue.text);
    let shown = line.checked_sub(1).and_then(|above| source.split('\n').nth(above));
    let Some(shown) = shown.filter(|shown| shown.len() <= LONGEST_LINE) else { return text };
    let shown = shown.replace('\t', " ");
    let mut letters = shown.chars();
    let dots: String =
        letters.by_ref().take(column).map(|c| if wide(c) { '．' } else { '.' }).collect();
    let mark = if letters.next().is_some_and(wide) { '＾' } else { '^' };
    text.push_str(&format!("\n | {shown}\n | {dots}{mark}"));
    text
}

fn wide(letter: char) -> bool {
    letter.len_utf8() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_points_at_the_place() {
        let issue = |line, column, text: &str| Issue {
            place: Place { line, column },
            text: text.to_owned(),
            meant: None,
        };
        let issues = [issue(2, 1, "second"), issue(1, 5, "first")];
        assert_eq!(
            report("self > 5\n&& é", &issues),
            "ERROR: <input>:1:6: first\n | self > 5\n | .....^\n\
             ERROR: <input>:2:2: second\n | && é\n | .^"
        );
    }
}
