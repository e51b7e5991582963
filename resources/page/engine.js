"use strict";
// A small language model in plain JavaScript: random numbers, tokenizer, forward pass, sampling, in this order. It writes
// the tokens that TextGen GUI's own engine writes with the same weights, prompt, settings and seed.

// --- random numbers as PyTorch's generator draws them (Matsumoto and Nishimura's MT19937), 53 bits of two draws each

class Random {
  constructor(seed) {
    this.state = new Uint32Array(624);
    this.state[0] = Number(BigInt(seed) & 0xffffffffn);
    for (let i = 1; i < 624; i++) {
      const before = this.state[i - 1] ^ (this.state[i - 1] >>> 30);
      this.state[i] = Math.imul(1812433253, before) + i;
    }
    this.next = 624;
  }

  bits() {
    if (this.next === 624) this.#twist();
    let y = this.state[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist() {
    const s = this.state;
    for (let i = 0; i < 624; i++) {
      const y = (s[i] & 0x80000000) | (s[(i + 1) % 624] & 0x7fffffff);
      s[i] = s[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }

  uniform() { // from 0 to 1
    const high = this.bits() & 0x1fffff, low = this.bits();
    return (high * 4294967296 + low) / 9007199254740992;
  }
}

// --- tokenizer: byte-level BPE with the GPT-2 pattern, or a token for each character

const SPACE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const WORDS = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|[${SPACE}]+(?![^${SPACE}])|[${SPACE}]+`, "gu");

class Tokenizer {
  constructor(plan) { // {tokens, merges, special: {text: id}, characters, prefix, begin, ends}
    this.plan = plan;
    this.ids = new Map(plan.tokens.map((token, id) => [token, id]));
    this.ranks = new Map(plan.merges.map((pair, rank) => [pair, rank]));
    this.letters = byteLetters();
    this.bytes = new Map(this.letters.map((letter, byte) => [letter, byte]));
    const names = Object.keys(plan.special).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    this.special = names.length ? new RegExp(`(${names.join("|")})`, "u") : null;
  }

  encode(text) {
    const parts = this.special ? text.split(this.special) : [text];
    return parts.flatMap((part) => part in this.plan.special ? [this.plan.special[part]] : this.#plain(part));
  }

  #plain(text) {
    const utf8 = new TextEncoder();
    if (this.plan.characters) {
      return [...text].flatMap((letter) => this.ids.has(letter) ? [this.ids.get(letter)]
        : [...utf8.encode(letter)].map((b) => this.ids.get(`<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`)));
    }
    const parts = this.plan.digits ? text.split(/(\p{N})/u) : [text]; // some have a token for each digit
    return parts.flatMap((part) => part.match(WORDS) || []).flatMap((word) => this.#merged([...utf8.encode(word)].map((b) => this.letters[b])));
  }

  #merged(parts) {
    for (;;) {
      let best = -1, rank = Infinity;
      for (let i = 0; i + 1 < parts.length; i++) {
        const found = this.ranks.get(`${parts[i]} ${parts[i + 1]}`);
        if (found !== undefined && found < rank) [best, rank] = [i, found];
      }
      if (best < 0) return parts.map((part) => this.ids.get(part));
      const pair = parts.slice(best, best + 2), joined = [];
      for (let i = 0; i < parts.length; i++) {
        const meets = parts[i] === pair[0] && parts[i + 1] === pair[1];
        joined.push(meets ? parts[i] + parts[++i] : parts[i]);
      }
      parts = joined;
    }
  }

  bytesOf(id) { // what a token adds to a text
    const token = this.plan.tokens[id];
    if (token in this.plan.special) return new Uint8Array();
    if (!this.plan.characters) return Uint8Array.from([...token].map((letter) => this.bytes.get(letter)));
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token);
    return byte ? Uint8Array.of(parseInt(byte[1], 16)) : new TextEncoder().encode(token);
  }
}

function byteLetters() { // GPT-2's letter for each byte
  const letters = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const shown = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    letters.push(String.fromCodePoint(shown ? byte : next++));
  }
  return letters;
}

// --- forward pass of LFM2, Llama and GPT-2, token by token, with what later tokens need of what was read in a cache

class Model {
  constructor(config, { tensors, multiply }) { // tensors: {name: Float32Array}; multiply: as product below, or faster
    this.config = config;
    this.tensors = tensors;
    this.multiply = multiply;
    this.reset();
  }

  reset() {
    this.length = 0;
    this.cache = Array.from({ length: this.config.layers }, () => ({ keys: [], values: [] }));
  }

  read(token) { // -> the scores of the next token
    const { width, vocabulary, family, head, theta } = this.config, t = this.tensors, place = this.length++;
    this.turns = family === "gpt2" ? null : turnsAt(place, head / 2, theta);
    let x = Float32Array.from(t.embedding.subarray(token * width, (token + 1) * width));
    if (family === "gpt2") for (let i = 0; i < width; i++) x[i] += t.positions[place * width + i];
    for (let layer = 0; layer < this.config.layers; layer++) {
      const read = this.#norm(x, `${layer}.norm1`);
      add(x, t[`${layer}.taps`] ? this.#convolve(layer, read) : this.#attend(layer, read));
      add(x, this.#feed(layer, this.#norm(x, `${layer}.norm2`)));
    }
    return this.multiply(t.head || t.embedding, this.#norm(x, "norm"), vocabulary);
  }

  #norm(x, name) {
    const weights = this.tensors[name], bias = this.tensors[`${name}.bias`], n = x.length, out = new Float32Array(n);
    let mean = 0, square = 0;
    if (bias) {
      for (const value of x) mean += value;
      mean /= n;
    }
    for (const value of x) square += (value - mean) ** 2;
    const scale = 1 / Math.sqrt(square / n + this.config.epsilon);
    for (let i = 0; i < n; i++) out[i] = (x[i] - mean) * scale * weights[i] + (bias ? bias[i] : 0);
    return out;
  }

  #linear(name, x, rows) {
    const out = this.multiply(this.tensors[name], x, rows), bias = this.tensors[`${name}.bias`];
    if (bias) add(out, bias);
    return out;
  }

  #attend(layer, x) {
    const { heads, groups, head } = this.config, { keys, values } = this.cache[layer];
    const query = this.#linear(`${layer}.q`, x, heads * head), key = this.#linear(`${layer}.k`, x, groups * head);
    if (this.tensors[`${layer}.qnorm`]) {
      this.#normHeads(query, `${layer}.qnorm`);
      this.#normHeads(key, `${layer}.knorm`);
    }
    if (this.turns) for (const rows of [query, key]) rotate(rows, head, this.turns);
    keys.push(key);
    values.push(this.#linear(`${layer}.v`, x, groups * head));
    const out = new Float32Array(heads * head), scores = new Float64Array(keys.length);
    for (let h = 0; h < heads; h++) {
      const from = Math.floor(h * groups / heads) * head;
      for (let p = 0; p < keys.length; p++) {
        let sum = 0;
        for (let i = 0; i < head; i++) sum += query[h * head + i] * keys[p][from + i];
        scores[p] = sum / Math.sqrt(head);
      }
      const shares = softmax(scores);
      for (let p = 0; p < keys.length; p++)
        for (let i = 0; i < head; i++) out[h * head + i] += shares[p] * values[p][from + i];
    }
    return this.#linear(`${layer}.o`, out, this.config.width);
  }

  #normHeads(x, name) { // each head by itself, in place
    const { head } = this.config;
    for (let at = 0; at < x.length; at += head) x.set(this.#norm(x.subarray(at, at + head), name), at);
  }

  #convolve(layer, x) { // a token and the few before it, by numbers that each of its places has of its own
    const { width } = this.config, taps = this.tensors[`${layer}.taps`], { values } = this.cache[layer];
    const all = this.#linear(`${layer}.in`, x, 3 * width), out = new Float32Array(width), tokens = taps.length / width;
    values.push(all.subarray(0, width).map((b, i) => b * all[2 * width + i]));
    for (let tap = 0; tap < tokens; tap++) {
      const before = values[values.length - tokens + tap];
      if (before) for (let i = 0; i < width; i++) out[i] += taps[tap * width + i] * before[i];
    }
    for (let i = 0; i < width; i++) out[i] *= all[width + i];
    return this.#linear(`${layer}.o`, out, width);
  }

  #feed(layer, x) {
    const { inner, width, family } = this.config, up = this.#linear(`${layer}.up`, x, inner);
    if (family === "gpt2") {
      for (let i = 0; i < inner; i++) {
        const u = up[i];
        up[i] = 0.5 * u * (1 + Math.tanh(0.7978845608028654 * (u + 0.044715 * u ** 3)));
      }
    } else {
      const gate = this.#linear(`${layer}.gate`, x, inner);
      for (let i = 0; i < inner; i++) up[i] *= gate[i] / (1 + Math.exp(-gate[i]));
    }
    return this.#linear(`${layer}.down`, up, width);
  }
}

function product(matrix, x, rows) { // [rows, columns] times [columns]
  const columns = x.length, out = new Float32Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    let a = 0, b = 0, c = 0, d = 0, i = 0; // four sums, because one waits for itself
    for (; i + 3 < columns; i += 4, at += 4) {
      a += matrix[at] * x[i];
      b += matrix[at + 1] * x[i + 1];
      c += matrix[at + 2] * x[i + 2];
      d += matrix[at + 3] * x[i + 3];
    }
    for (; i < columns; i++, at++) a += matrix[at] * x[i];
    out[row] = a + b + c + d;
  }
  return out;
}

function add(x, y) {
  for (let i = 0; i < x.length; i++) x[i] += y[i];
}

function turnsAt(place, half, theta) { // how far each pair of numbers turns there
  const angles = Float64Array.from({ length: half }, (_, i) => place / theta ** (i / half));
  return { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
}

function rotate(x, head, { cos, sin }) { // each half of a head turns against the other
  const half = head / 2;
  for (let start = 0; start < x.length; start += head) {
    for (let i = 0; i < half; i++) {
      const a = x[start + i], b = x[start + half + i];
      x[start + i] = a * cos[i] - b * sin[i];
      x[start + half + i] = b * cos[i] + a * sin[i];
    }
  }
}

function softmax(scores) {
  let most = -Infinity, sum = 0;
  for (const score of scores) if (score > most) most = score;
  const shares = new Float32Array(scores.length);
  for (let i = 0; i < scores.length; i++) sum += shares[i] = Math.exp(scores[i] - most);
  for (let i = 0; i < shares.length; i++) shares[i] /= sum;
  return shares;
}

// --- sampling: repetition penalty, temperature, top-k, top-p, min-p, draw

function penalize(scores, history, { repetition }) { // in place
  if (repetition === 1) return;
  for (const id of new Set(history.slice(-1000))) scores[id] *= scores[id] < 0 ? repetition : 1 / repetition;
}

function choose(scores, settings, uniform) {
  if (settings.temperature === 0) return scores.reduce((best, score, id) => score > scores[best] ? id : best, 0);
  let shares = softmax(scores.map((score) => score / settings.temperature)), order = null;
  const { top_k: k, top_p: p, min_p: m } = settings;
  if (k || p < 1 || m) {
    order = ordered(shares, settings);
    shares = order.reduce((sorted, id, i) => ((sorted[i] = shares[id]), sorted), new Float32Array(order.length));
    if (k && k < shares.length) shares = shares.map((share) => share >= shares[k - 1] ? share : 0);
    const total = k ? shares.reduce((sum, share) => sum + share, 0) : 1;
    let before = 0;
    const isBefore = (share) => (before += share, Math.fround(Math.fround(before) - share) < Math.fround(p * total)); // rounded as there
    if (p < 1) shares = shares.map((share) => isBefore(share) ? share : 0);
    shares = shares.map((share) => share >= m * shares[0] ? share : 0);
  }
  let sum = 0;
  const cumulative = Float64Array.from(shares, (share) => (sum += share)), reached = sum * uniform * (1 - 1e-12);
  const column = cumulative.findIndex((value) => value > reached);
  return order ? order[column] : column;
}

function ordered(shares, { top_k: k, top_p: p, min_p: m }) { // tokens, the likeliest first, as far as they can be drawn
  let most = 0, sum = 0;
  for (const share of shares) if (share > most) most = share;
  const likely = [];
  shares.forEach((share, id) => { if (share >= most / 1000) sum += share, likely.push(id); });
  const enough = k ? likely.length >= k : sum > p + 1e-6 || m > 0.001; // else all are put into order, which takes long
  return Uint32Array.from(enough ? likely : shares.keys()).sort((a, b) => shares[b] - shares[a] || a - b);
}

// --- writing: the tokens of a text one after the other; a full window goes on from its newer half

class Writer {
  constructor(model, tokenizer, prompt, settings) {
    const ids = tokenizer.encode(prompt), context = model.config.context;
    this.model = model;
    this.settings = settings;
    this.tokens = ids.length >= context ? ids.slice(-Math.max(1, context >> 1)) : begun(tokenizer.plan, ids);
    this.tokenizer = tokenizer;
    this.random = new Random(BigInt(settings.seed) * 1000003n);
    this.drawn = []; // numbers for the next tokens, as many at once as the engine draws
    this.torn = []; // bytes of a character that is not whole
    this.seen = 0;
    model.reset();
  }

  next() { // the next token
    const { model, tokens } = this;
    if (tokens.length - (this.seen - model.length) > model.config.context) {
      model.reset();
      this.seen = tokens.length - (model.config.context >> 1);
    }
    let scores;
    while (this.seen < tokens.length) scores = model.read(tokens[this.seen++]);
    penalize(scores, tokens, this.settings);
    if (!this.drawn.length) this.drawn = Array.from({ length: 256 }, () => this.#uniform());
    let token = choose(scores, this.settings, this.drawn.shift());
    while (this.#tears(token)) { // it is drawn again
      scores[token] = -Infinity;
      token = scores.some(Number.isFinite) ? choose(scores, this.settings, this.#uniform()) : this.tokenizer.plan.ends[0];
    }
    this.torn = [...this.torn, ...this.tokenizer.bytesOf(token)];
    if (isWhole(this.torn)) this.torn = [];
    tokens.push(token);
    return token;
  }

  #uniform() {
    const uniform = this.random.uniform();
    this.random.uniform(); // the engine draws a second number, for a sampler that this page does not have
    return uniform;
  }

  #tears(token) { // whether a character that is begun could never become whole behind it; only where tokens are drawn
    if (this.settings.temperature === 0) return false;
    const bytes = this.tokenizer.bytesOf(token);
    return !(bytes.length ? RESTS : [[]]).some((rest) => isWhole([...this.torn, ...bytes, ...rest]));
  }
}

const RESTS = [[], [128], [191], [128, 128], [191, 128], [128, 128, 128], [191, 128, 128]]; // of characters

function isWhole(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
  } catch {
    return false;
  }
  return true;
}

function begun(plan, ids) { // what stands before a text, and its beginning
  return plan.prefix.length || ids.length ? [...plan.prefix, ...ids] : [plan.begin];
}

// --- weights: unpacked from half precision into a store that WebAssembly multiplies, where the browser has it

function unpack(base64, list) { // -> {tensors: {name: Float32Array}, multiply}
  const packed = atob(base64), bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const halves = new Uint16Array(bytes.buffer), tensors = {}, { buffer, multiply } = storeOf(halves.length);
  const values = Float32Array.from({ length: 65536 }, (_, bits) => half(bits));
  for (const [name, start, size] of list) {
    const tensor = tensors[name] = new Float32Array(buffer, 4 * start, size);
    for (let i = 0; i < size; i++) tensor[i] = values[halves[start + i]];
  }
  return { tensors, multiply };
}

function half(bits) {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023, sign = bits & 32768 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function storeOf(count) { // -> {buffer: for so many numbers, multiply}
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(count / 16384) + SCRATCH });
    const code = Uint8Array.from(KERNEL.match(/^[0-9a-f ]+(?= ;)/gm).join(" ").match(/[0-9a-f]{2}/g), (byte) => parseInt(byte, 16));
    const { multiply } = new WebAssembly.Instance(new WebAssembly.Module(code), { page: { memory } }).exports;
    const { buffer } = memory, scratch = buffer.byteLength - SCRATCH * 65536, whole = new Float32Array(buffer, scratch);
    return { buffer, multiply: (matrix, x, rows) => {
      if (x.length % 16 || x.length + rows > whole.length) return product(matrix, x, rows);
      whole.set(x);
      multiply(matrix.byteOffset, scratch, scratch + 4 * x.length, rows, 4 * x.length);
      return whole.slice(x.length, x.length + rows);
    } };
  } catch { // this browser has none, or not for four numbers at once
    return { buffer: new ArrayBuffer(4 * count), multiply: product };
  }
}

const SCRATCH = 32; // pages of 64 KB for what is multiplied and what comes of it
const KERNEL = `
00 61 73 6d 01 00 00 00                            ; a module of WebAssembly
01 09 01 60 05 7f 7f 7f 7f 7f 00                   ; a function of matrix, x, out, rows, bytes of a row
02 10 01 04 70 61 67 65 06 6d 65 6d 6f 72 79 02 00 01 ; memory "page" "memory"
03 02 01 00 07 0c 01 08 6d 75 6c 74 69 70 6c 79 00 00 ; it is called "multiply"
0a ce 01 01 cb 01 02 02 7f 04 7b                   ; locals: at, column; a, b, c, d of four numbers each
03 40                                              ; for each row
41 00 22 06 fd 11 22 07 22 08 22 09 21 0a          ;   column = a = b = c = d = 0
03 40                                              ;   for each 16 columns
20 01 20 06 6a 21 05                               ;     at = x + column
20 07 20 00 fd 00 02 00 20 05 fd 00 02 00 fd e6 01 fd e4 01 21 07 ; a += matrix[0..3] * at[0..3]
20 08 20 00 fd 00 02 10 20 05 fd 00 02 10 fd e6 01 fd e4 01 21 08 ; b += matrix[4..7] * at[4..7]
20 09 20 00 fd 00 02 20 20 05 fd 00 02 20 fd e6 01 fd e4 01 21 09 ; c, the same
20 0a 20 00 fd 00 02 30 20 05 fd 00 02 30 fd e6 01 fd e4 01 21 0a ; d, the same
20 00 41 c0 00 6a 21 00                            ;     matrix += 64 bytes
20 06 41 c0 00 6a 22 06 20 04 49 0d 00 0b          ;     column += 64 bytes, again while it is less than a row
20 02 20 07 20 08 fd e4 01 20 09 20 0a fd e4 01 fd e4 01 22 07 ; out, a = a + b + c + d
fd 1f 00 20 07 fd 1f 01 92 20 07 fd 1f 02 20 07 fd 1f 03 92 92 38 02 00 ; *out = the four of a together
20 02 41 04 6a 21 02                               ;   out += 4 bytes
20 03 41 01 6b 22 03 0d 00 0b 0b                   ;   again while rows are left
`;

// Where a sentence may end; a full stop after a short word with a capital is more likely that of an abbreviation.
const ENDS = /(?:[!?…؟।]|(\p{L}*)\.)["'”’»)\]*_]*(?=\s)|[。！？][”’」』）]*/gu, SHORT = /^\p{Lu}\p{Ll}{0,2}$/u;

// A text up to the end of its last whole sentence; all of it where there is none.
function whole(text) {
  let end = 0;
  for (const found of (text + "\n").matchAll(ENDS)) if (!SHORT.test(found[1] || "")) end = found.index + found[0].length;
  return end ? text.slice(0, end) : text;
}

if (typeof module !== "undefined") module.exports = { Random, Tokenizer, Model, Writer, unpack, whole };
