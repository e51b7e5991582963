// Writes with the model of a page, as its buttons do: node run_page.js PAGE < [[prompt, settings, length], ...]
const fs = require("fs"), path = require("path"), os = require("os");
const source = fs.readFileSync(process.argv[2], "utf8");
const scripts = [...source.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)].map((found) => found.slice(1));
if (process.argv[3] === "plain") delete globalThis.WebAssembly; // as in a browser without it
const engine = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "page-")), "engine.js");
fs.writeFileSync(engine, scripts[0][1]);
const { Tokenizer, Model, Writer, unpack } = require(engine);
const held = (id) => scripts.find(([attributes]) => attributes.includes(`id="${id}"`))[1];
const plan = JSON.parse(held("model"));
const tokenizer = new Tokenizer(plan.tokenizer), model = new Model(plan.config, unpack(held("weights").trim(), plan.tensors));
const asked = JSON.parse(fs.readFileSync(0, "utf8"));
const { written } = require("./written.js");
process.stdout.write(written(asked, { Writer, model, tokenizer, ends: plan.tokenizer.ends }));
