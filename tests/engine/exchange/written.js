// The texts that a page's engine writes for [[prompt, settings, length], ...], and how fast; in Node.js and in browsers
function written(asked, { Writer, model, tokenizer, ends }) {
  const started = Date.now();
  let count = 0;
  const texts = asked.map(([prompt, settings, length]) => {
    const writer = new Writer(model, tokenizer, prompt, settings), tokens = [];
    while (tokens.length < length) {
      const token = writer.next();
      count += 1;
      if (ends.includes(token)) break;
      tokens.push(token);
    }
    return { prompt: tokenizer.encode(prompt), tokens, bytes: tokens.flatMap((id) => [...tokenizer.bytesOf(id)]) };
  });
  return JSON.stringify({ texts, tokens_per_s: count / Math.max(1, Date.now() - started) * 1000 });
}
if (typeof module !== "undefined") module.exports = { written };
