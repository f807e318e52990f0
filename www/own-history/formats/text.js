/** The pieces of a file's or an archive entry's stream, as text. */
export async function eachPiece(stream, onPiece) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onPiece(value);
  }
}

/** The beginning of a text, without its byte order mark and leading blanks. */
export const beginning = (bytes) => new TextDecoder().decode(bytes).trimStart();
