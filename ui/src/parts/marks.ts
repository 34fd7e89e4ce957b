// Which letters of a text answer a search, for highlighting. Accents and case don't count, as in Rust's search.

export type Piece = { text: string; hit: boolean };

function fold(char: string): string {
  return char.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Cuts `text` where a word of `query` begins in it. */
export function marks(text: string, query: string): Piece[] {
  const chars = [...text];
  const folded = chars.map(fold);
  const hit = chars.map(() => false);
  for (const word of query.split(/\s+/u).filter(Boolean)) {
    const want = [...word].map(fold).join("");
    for (let at = 0; at < chars.length; at++) {
      const end = matchEnd(folded, at, want);
      if (end === null) continue;
      hit.fill(true, at, end);
      break;
    }
  }
  const pieces: Piece[] = [];
  chars.forEach((char, at) => {
    const last = pieces.at(-1);
    if (last && last.hit === hit[at]) last.text += char;
    else pieces.push({ text: char, hit: hit[at] ?? false });
  });
  return pieces;
}

function matchEnd(folded: string[], from: number, want: string): number | null {
  let got = "";
  for (let at = from; at < folded.length; at++) {
    got += folded[at];
    if (got === want) return at + 1;
    if (!want.startsWith(got)) return null;
  }
  return null;
}
