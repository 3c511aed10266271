// Microseconds per evaluation of each expression, read as JSON from standard input.
import { readFileSync } from "node:fs";
import { evaluate } from "feelin";

const { expressions, variables } = JSON.parse(readFileSync(0, "utf8"));

function once(text) {
  const began = process.hrtime.bigint();
  for (let turn = 0; turn < 1000; turn++) evaluate(text, variables);
  return Number(process.hrtime.bigint() - began) / 1000 / 1000;
}

const results = expressions.map((text) => {
  if (evaluate(text, variables).value !== true) return null;
  return Math.min(...Array.from({ length: 6 }, () => once(text)));
});
console.log(JSON.stringify(results));
