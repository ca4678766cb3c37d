//! Columns: cells with tabs between them in, text with spaces between them out.
//!
//! The same as Go's text/tabwriter, set up as kubectl has it.

/// Aligns what stands below each other. A column is a block of lines that have a tab there.
#[derive(Clone, Debug)]
pub struct Tabs {
    narrowest: usize,
    padding: usize,
    /// The widest that each column has been, where that is remembered.
    remembered: Option<Vec<usize>>,
}

impl Tabs {
    /// As kubectl prints tables.
    pub fn of_tables() -> Self {
        Self { narrowest: 6, padding: 3, remembered: Some(Vec::new()) }
    }

    /// As kubectl prints descriptions.
    pub fn of_descriptions() -> Self {
        Self { narrowest: 0, padding: 2, remembered: None }
    }

    /// Aligns whole lines.
    pub fn align(&mut self, text: &str) -> String {
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        let mut out = String::with_capacity(text.len() * 2);
        self.block(&lines, &mut Vec::new(), &mut out);
        out
    }

    /// Prints lines of which the widths of the first columns are known.
    fn block(&mut self, lines: &[Vec<&str>], widths: &mut Vec<usize>, out: &mut String) {
        let column = widths.len();
        let mut at = 0;
        while at < lines.len() {
            if lines[at].len() <= column + 1 {
                print(&lines[at], widths, out);
                at += 1;
                continue;
            }
            let height = lines[at..].iter().take_while(|line| line.len() > column + 1).count();
            let block = &lines[at..at + height];
            let widest = block.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            let width = self.remember(column, self.narrowest.max(widest + self.padding));
            widths.push(width);
            self.block(block, widths, out);
            widths.pop();
            at += height;
        }
    }

    fn remember(&mut self, column: usize, width: usize) -> usize {
        let Some(remembered) = &mut self.remembered else { return width };
        if remembered.len() <= column {
            remembered.resize(column + 1, 0);
        }
        remembered[column] = remembered[column].max(width);
        remembered[column]
    }
}

fn print(cells: &[&str], widths: &[usize], out: &mut String) {
    for (index, cell) in cells.iter().enumerate() {
        out.push_str(cell);
        if index + 1 < cells.len() {
            let room = widths[index].saturating_sub(cell.chars().count());
            out.extend(std::iter::repeat_n(' ', room));
        }
    }
    out.push('\n');
}
