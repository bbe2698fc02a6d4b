// nodemailer's pool of ten connections, each message composed from HTML and text.
// node composed.mjs PORT MESSAGES HTML_FILE TEXT_FILE: prints the seconds it took.
import { readFileSync } from "node:fs";
import nodemailer from "nodemailer";

const [port, messages, htmlFile, textFile] = process.argv.slice(2);
const html = readFileSync(htmlFile, "utf8");
const text = readFileSync(textFile, "utf8");
const pool = nodemailer.createTransport({
  host: "127.0.0.1", port: Number(port), secure: false, ignoreTLS: true,
  pool: true, maxConnections: 10, maxMessages: Infinity,
});
let next = 0;
const send = async () => {
  while (next < Number(messages)) {
    const number = next++;
    await pool.sendMail({
      from: "Ada Example <n@bench.example.com>",
      to: `reader-${number}@example.org`,
      subject: "Bench",
      text: `${text}\n${number}`,
      html: `${html}<p>${number}</p>`,
      headers: { "List-Unsubscribe": `<https://news.example.com/u/${number}>` },
    });
  }
};
const began = performance.now();
await Promise.all(Array.from({ length: 20 }, send));
console.log((performance.now() - began) / 1000);
pool.close();
