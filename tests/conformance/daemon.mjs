// A jobsd process, and requests to it.
import {execFileSync, spawn} from "node:child_process";
import {mkdirSync, openSync, writeFileSync} from "node:fs";
import http from "node:http";
import {join} from "node:path";
import {createInterface} from "node:readline";

export class Daemon {
  // `config`: the options, as JSON, which is YAML too.
  constructor(program, folder, config) {
    mkdirSync(folder, {recursive: true});
    this.program = program;
    this.file = join(folder, "jobsd.yaml");
    this.log = join(folder, "jobsd.log");
    writeFileSync(this.file, JSON.stringify({listen: "127.0.0.1:0", data_dir: "data", ...config}));
  }

  command(...args) {
    return execFileSync(this.program, [...args, "--config", this.file], {encoding: "utf8"}).trim();
  }

  user(who, ...attributes) {
    return this.#withToken(this.command("user", "create", "--name", who, ...attributes.flatMap((one) => ["--attribute", one])));
  }

  administrator(who) {
    return this.#withToken(this.command("user", "create", "--name", who, "--role", "admin"));
  }

  #withToken(id) {
    return {id, token: this.command("key", "create", "--kind", "personal", "--user", id)};
  }

  organizationKey() {
    return this.command("key", "create", "--kind", "organization");
  }

  async start() {
    this.process = spawn(this.program, ["serve", "--config", this.file], {stdio: ["ignore", "pipe", openSync(this.log, "a")]});
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    for await (const line of createInterface({input: this.process.stdout})) {
      const ready = /^jobsd listening on http:\/\/[\d.]+:(\d+)$/.exec(line);
      if (!ready) continue;
      this.port = Number(ready[1]);
      return this;
    }
    throw new Error(`jobsd ended before it listened; see ${this.log}`);
  }

  beginStop() {
    this.process.kill("SIGTERM");
  }

  async stop() {
    this.beginStop();
    return this.ended;
  }

  // Resolves with the answer once it is whole, or with `until` given when the body so far matches it; the connection is then kept
  // open until close() is called.
  request(method, target, {token, body, headers = {}, until} = {}) {
    const url = new URL(target, `http://127.0.0.1:${this.port}`);
    const sent = {...headers};
    if (token !== undefined) sent.Authorization = `Bearer ${token}`;
    if (body !== undefined) sent["Content-Length"] = Buffer.byteLength(body);
    return new Promise((resolve, reject) => {
      const outgoing = http.request({host: "127.0.0.1", port: this.port, method, path: target, headers: sent, agent: false},
                                    (incoming) => {
        let text = "";
        const answer = () => ({
          method, path: decodeURI(url.pathname), query: [...url.searchParams], requestBody: body, status: incoming.statusCode,
          headers: incoming.headers, body: text, close: () => outgoing.destroy(),
        });
        incoming.setEncoding("utf8");
        incoming.on("data", (piece) => {
          text += piece;
          if (until?.test(text)) resolve(answer());
        });
        incoming.on("end", () => resolve(answer()));
        incoming.on("error", reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}
