// CSV the slow and plain way: a state machine over the characters of the whole text.

/** Rows of cells; empty lines are left out, blanks around a cell too. */
export function splitCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let wasQuoted = false;
  let inQuotes = false;
  const isBlank = (character: string) => (character === " " || character === "\t") && character !== delimiter;
  const endCell = () => {
    let end = cell.length;
    while (!wasQuoted && end > 0 && isBlank(cell[end - 1])) end--;
    row.push(cell.slice(0, end));
    cell = "";
    wasQuoted = false;
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (inQuotes) {
      if (character !== '"') cell += character;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else inQuotes = false;
    } else if (character === '"' && cell === "" && !wasQuoted) {
      inQuotes = true;
      wasQuoted = true;
    } else if (character === delimiter) endCell();
    else if (character === "\n" || character === "\r") {
      if (row.length > 0 || cell !== "" || wasQuoted) {
        endCell();
        rows.push(row);
        row = [];
      }
      if (character === "\r" && text[i + 1] === "\n") i++;
    } else if (!isBlank(character) || (cell !== "" && !wasQuoted)) cell += character;
  }
  if (row.length > 0 || cell !== "" || wasQuoted) {
    endCell();
    rows.push(row);
  }
  return rows;
}
