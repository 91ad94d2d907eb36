#!/usr/bin/env node
// A worker in JavaScript, Node's standard library alone: takes jobs of one queue from jobsd and runs them.
//
//   JOBSD_KEY=jobs_org_… node worker.mjs --url http://127.0.0.1:8080 --queue texts [--jobs N]
//
// It knows one kind, "word_count", whose payload is {"text": …}. The count is a durable step: a worker that dies after storing
// it leaves the result to the next. With --jobs it ends after so many jobs.
import http from "node:http";
import {parseArgs} from "node:util";

const leaseSeconds = 30;
const waitSeconds = 30;

const option = {type: "string"};
const {values: options} = parseArgs({options: {url: option, queue: option, jobs: option}});
const base = (options.url ?? "http://127.0.0.1:8080").replace(/\/$/, "") + "/api/v1";
const queue = encodeURIComponent(options.queue ?? "default");
const most = Number(options.jobs ?? Infinity);

class Refused extends Error {
  constructor(what, status, problem) {
    super(`${what}: ${status} ${problem.detail}`);
    this.status = status;
    this.code = problem.code;
  }
}

function call(method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {Authorization: `Bearer ${process.env.JOBSD_KEY}`};
  if (text !== undefined) Object.assign(headers, {"Content-Type": "application/json", "Content-Length": Buffer.byteLength(text)});
  return new Promise((resolve, reject) => {
    const request = http.request(base + path, {method, headers}, (answer) => {
      answer.setEncoding("utf8");
      let received = "";
      answer.on("data", (piece) => (received += piece));
      answer.on("error", reject);
      answer.on("end", () => {
        const document = JSON.parse(received);
        if (answer.statusCode < 300) resolve(document);
        else reject(new Refused(`${method} ${path}`, answer.statusCode, document));
      });
    });
    request.on("error", reject);
    request.end(text);
  });
}

// Another worker has the job, or it was ended.
const isOver = (error) => ["lease_lost", "deadline_passed"].includes(error.code);

// One run of a job. Keeps its lease alive meanwhile.
class Run {
  constructor(job) {
    this.job = job;
    this.cancelled = new AbortController();
    this.heart = setInterval(() => this.beat(), leaseSeconds * 1000 / 3);
  }

  say(what, fields = {}) {
    return call("POST", `/jobs/${this.job.id}/${what}`, {attempt: this.job.attempt, ...fields});
  }

  // The stored result of the step, or that of `work`, stored first.
  async step(name, work) {
    const path = `/jobs/${this.job.id}/steps/${encodeURIComponent(name)}`;
    try {
      return (await call("GET", path)).result;
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    return (await call("PUT", path, {attempt: this.job.attempt, result: await work()})).result;
  }

  async end(what, fields) {
    clearInterval(this.heart);
    return (await this.say(what, fields)).state;
  }

  async beat() {
    try {
      if ((await this.say("heartbeat", {leaseSeconds})).cancelRequested) this.cancelled.abort();
    } catch (error) {
      // Any other failure the lease outlives.
      if (isOver(error)) this.cancelled.abort();
    }
  }
}

const handlers = {
  async word_count(run) {
    const {text} = run.job.payload;
    const words = await run.step("count", () => text.split(/\s+/).filter(Boolean).length);
    return {summary: `${words} words`, output: {words}};
  },
};

async function workOn(run) {
  const handler = handlers[run.job.kind];
  try {
    if (!handler) return await run.end("fail", {code: "no_handler", message: `no handler for ${run.job.kind}`, retry: false});
    return await run.end("complete", await handler(run));
  } catch (error) {
    clearInterval(run.heart);
    if (isOver(error)) return "lost";
    return await run.end("fail", {code: "handler_error", message: String(error.message)});
  }
}

for (let done = 0; done < most;) {
  const {data: [job]} = await call("POST", `/queues/${queue}/claim`, {waitSeconds, leaseSeconds});
  if (!job) continue;
  console.log(job.kind, JSON.stringify(job.payload), await workOn(new Run(job)));
  ++done;
}
