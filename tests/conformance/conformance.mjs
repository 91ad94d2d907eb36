// Every route of the API's description is asked, well and badly, and each answer is held against the description. It fails when
// a route or a status that jobsd gave is not described, and when a described route is never asked.
import {execFileSync} from "node:child_process";
import {mkdtempSync, readFileSync, rmSync} from "node:fs";
import http from "node:http";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {parseArgs} from "node:util";

import {Daemon} from "./daemon.mjs";
import {Description} from "./description.mjs";

const option = {type: "string"};
const {values: options} = parseArgs({options: {jobsd: option, "make-shop": option, openapi: option, models: option}});
const shop = "770e8400-e29b-41d4-a716-446655440002";
const plain = "880e8400-e29b-41d4-a716-446655440003";
const unknown = "00000000-0000-4000-8000-000000000000";
const json = {"Content-Type": "application/json"};
const jobs = "/api/v1/ai/jobs";

const folder = mkdtempSync(join(tmpdir(), "jobsd-conformance-"));
const description = new Description(readFileSync(options.openapi, "utf8"));
const complaints = await description.problems();
let exchanges = 0;

function complain(what) {
  if (!complaints.includes(what)) complaints.push(what);
}

function expect(holds, what) {
  if (!holds) complain(what);
}

// Asks, and holds the answer against the description.
async function ask(daemon, method, target, request = {}) {
  const answer = await daemon.request(method, target, request);
  ++exchanges;
  for (const what of description.check(answer)) complain(what);
  return answer;
}

function post(daemon, target, token, body, headers = {}) {
  return ask(daemon, "POST", target, {token, body: JSON.stringify(body), headers: {...json, ...headers}});
}

// A request to an operation with ids of nothing.
function target(operation, number = "999999") {
  const numbers = operation.parameters.some(({object}) => object.in === "path" && object.schema?.type === "integer");
  const query = operation.parameters.filter(({object}) => object.in === "query" && object.required);
  return operation.path.replace("{id}", numbers ? number : unknown).replace("{name}", "nothing") +
         (query.length > 0 ? "?" + query.map(({object}) => `${object.name}=${unknown}`).join("&") : "");
}

const withQuery = (path, more) => path + (path.includes("?") ? "&" : "?") + more;

function databases() {
  execFileSync(options["make-shop"], [join(folder, "shop.db"), "--orders", "300"], {stdio: "ignore"});
  // Counting the rows of its view never ends.
  execFileSync("python3", ["-c", `
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.executescript("""
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL);
INSERT INTO products VALUES (1, 'Boot', 80), (2, 'Sandal', 30), (3, 'Parka', 200);
CREATE VIEW endless AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS item FROM n;
""")`, join(folder, "plain.db")]);
}

function configuration(more = {}) {
  return {
    workers: 1,
    fsync: false,
    connections: {shop: {driver: "sqlite", path: join(folder, "shop.db")}, plain: {driver: "sqlite", path: join(folder, "plain.db")}},
    models: [{id: shop, name: "shop", connection: "shop", path: join(options.models, "shop")},
             {id: plain, name: "plain", connection: "plain"}],
    webhooks: {allow_http: true, allow_networks: ["127.0.0.0/8"]},
    ...more,
  };
}

// ---- What every route answers to who must not ask, or asks badly ----

// Who may ask for it: people administer, and an organization key does all else.
const asker = (operation, people) =>
  /\/(users|keys|audit-log)\b/.test(operation.path) ? people.root.token : people.organization;

async function askBadly(daemon, people) {
  for (const operation of description.operations.values()) {
    const {method, path, secured, parameters} = operation;
    const where = target(operation);
    const token = asker(operation, people);
    const body = operation.operation.requestBody ? {body: "{}", headers: json} : {};
    // With all that any route about a run requires.
    const whole = body.body ? {...body, body: JSON.stringify({attempt: 1, code: "x", result: null})} : {};
    await ask(daemon, "PUT", where, {token, body: "{}", headers: json});
    await ask(daemon, "OPTIONS", where);
    if (!secured) continue;
    const expectStatus = async (status, request, at = where) => {
      const answer = await ask(daemon, method, at, request);
      expect(answer.status === status, `${method} ${at} answered ${answer.status}, expected ${status}: ${answer.body}`);
    };
    await expectStatus(401, body);
    await expectStatus(401, {...body, token: "jobs_org_nonsense"});
    if (parameters.some(({object}) => object.name === "userId")) {
      // A body with all that any route requires.
      const good = body.body ? {...body, body: JSON.stringify({modelId: shop, prompt: "x", since: "2020-01-01T00:00:00Z"})} : {};
      await expectStatus(400, {...good, token: people.organization}, withQuery(where, "userId=7"));
      await expectStatus(403, {...good, token: people.ada.token}, withQuery(where, `userId=${people.bob.id}`));
      await expectStatus(404, {...good, token: people.organization}, withQuery(where, `userId=${unknown}`));
    }
    if (path.includes("{id}")) {
      await expectStatus(400, {...whole, token}, where.replace(/[-0-9a-f]{36}|999999/, "x"));
      await expectStatus(404, {...whole, token});
    }
    if (!operation.operation.requestBody) continue;
    await expectStatus(415, {token, body: "{}"});
    await expectStatus(400, {token, body: "{", headers: json});
    // Of a claim everything has a default.
    if (!path.endsWith("/claim")) await expectStatus(400, {token, body: "{}", headers: json});
    await expectStatus(413, {token, body: `"${"x".repeat(70_000)}"`, headers: json});
  }
  await ask(daemon, "GET", "/nowhere", {token: people.organization});
  await ask(daemon, "GET", jobs, {token: people.organization, headers: {"X-Long": "x".repeat(20_000)}});
  await ask(daemon, "GET", `${jobs}?x=${"x".repeat(9_000)}`, {token: people.organization});
  for (const query of ["state=DONE", "pageSize=0", "pageSize=101", "cursor=x", "createdAfter=now", "modelId=7"]) {
    const answer = await ask(daemon, "GET", `${jobs}?${query}`, {token: people.organization});
    expect(answer.status === 400, `a list with ${query} answered ${answer.status}`);
  }
}

// ---- What it answers to who asks well ----

async function ended(daemon, token, id) {
  for (;;) {
    const answer = await ask(daemon, "GET", `${jobs}/${id}`, {token, headers: {Prefer: "wait=10"}});
    const {state} = JSON.parse(answer.body);
    if (["COMPLETE", "FAILED", "CANCELLED"].includes(state)) return state;
  }
}

async function running(daemon, token, id) {
  for (;;) {
    const {state} = JSON.parse((await ask(daemon, "GET", `${jobs}/${id}`, {token, headers: {Prefer: "wait=1"}})).body);
    if (state !== "PENDING") return state;
  }
}

async function askOpenRoutes(daemon) {
  for (const [key, {method, path, secured}] of description.operations) {
    if (secured) continue;
    const answer = await ask(daemon, method, path);
    expect(answer.status === 200, `${key} answered ${answer.status}`);
    if (method === "GET") await ask(daemon, "HEAD", path);
  }
}

async function askForMetricsFromElsewhere(daemon, people) {
  const headers = {"X-Forwarded-For": "203.0.113.9"};
  for (const [token, status] of [[undefined, 401], [people.ada.token, 403], [people.organization, 200]]) {
    const answer = await ask(daemon, "GET", "/metrics", {token, headers});
    expect(answer.status === status, `metrics asked for from elsewhere answered ${answer.status}, expected ${status}`);
  }
}

async function askAboutJobs(daemon, people, receiver) {
  const {token} = people.ada;
  const question = {modelId: shop, prompt: "top 5 products by revenue", webhookUrl: receiver, webhookMetadata: {n: 1}};
  const key = {"Idempotency-Key": "one", traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  const made = JSON.parse((await post(daemon, jobs, token, question, key)).body);
  const again = await post(daemon, jobs, token, question, key);
  expect(again.status === 201 && again.headers["idempotent-replayed"] === "true", "a repeated request is no replay");
  const other = await post(daemon, jobs, token, {...question, prompt: "another"}, key);
  expect(other.status === 422, `a key used for another request answered ${other.status}`);
  expect(await ended(daemon, token, made.jobId) === "COMPLETE", "the job did not complete");

  const result = await ask(daemon, "GET", `${jobs}/${made.jobId}/result`, {token});
  await ask(daemon, "HEAD", `${jobs}/${made.jobId}/result`, {token});
  await ask(daemon, "GET", `${jobs}/${made.jobId}/result`, {token, headers: {Accept: "application/json; profile=typed"}});
  const same = await ask(daemon, "GET", `${jobs}/${made.jobId}/result`, {token, headers: {"If-None-Match": result.headers.etag}});
  expect(same.status === 304, `If-None-Match answered ${same.status}`);
  await ask(daemon, "GET", `${jobs}/${made.jobId}/events?after=0&wait=1`, {token});
  await ask(daemon, "GET", `${jobs}/${made.jobId}/events`, {token, headers: {Accept: "text/event-stream", "Last-Event-ID": "1"}});
  await ask(daemon, "POST", `${jobs}/${made.jobId}/cancel`, {token});

  await ask(daemon, "GET", `/api/v1/ai/conversations/${made.conversationId}`, {token});
  await post(daemon, jobs, token, {modelId: shop, prompt: "and by region", conversationId: made.conversationId});
  await ask(daemon, "GET", "/api/v1/ai/conversations?pageSize=1", {token: people.organization});
  const list = await ask(daemon, "GET", `${jobs}?state=COMPLETE&pageSize=1&modelId=${shop}&createdAfter=2020-01-01T00:00:00Z`,
                         {token: people.organization});
  const {nextCursor} = JSON.parse(list.body).pageInfo;
  await ask(daemon, "GET", `${jobs}?cursor=${nextCursor ?? 1}&userId=${people.ada.id}`, {token: people.organization});

  for (const path of ["", "/result", "/events", "/vis"]) {
    const theirs = await ask(daemon, "GET", `${jobs}/${made.jobId}${path}`, {token: people.bob.token});
    expect(theirs.status === 404, `another user's job${path} answered ${theirs.status}`);
  }
  await ask(daemon, "POST", `${jobs}/${made.jobId}/cancel`, {token: people.bob.token});

  const failed = JSON.parse((await post(daemon, jobs, people.bob.token, {modelId: shop, prompt: "revenue by region"})).body);
  expect(await ended(daemon, people.bob.token, failed.jobId) === "FAILED", "a question that is not allowed did not fail");
  const clarified = JSON.parse((await post(daemon, jobs, token, {modelId: shop, prompt: "the weather?"})).body);
  await ended(daemon, token, clarified.jobId);
  await ask(daemon, "GET", `${jobs}/${clarified.jobId}/result`, {token});
  return made.jobId;
}

async function askAboutDeliveries(daemon, people, job) {
  const {token} = people.ada;
  let delivery;
  do {
    const answer = await ask(daemon, "GET", `/api/v1/webhook-deliveries?jobId=${job}`, {token});
    [delivery] = JSON.parse(answer.body).data;
  } while (delivery?.state !== "DEAD");
  await ask(daemon, "POST", `/api/v1/webhook-deliveries/${delivery.id}/resend`, {token});
  await post(daemon, "/api/v1/webhook-deliveries/resend", token, {since: "2020-01-01T00:00:00Z", state: "DEAD"});
  await post(daemon, "/api/v1/webhook-deliveries/resend", token, {since: "yesterday"});
}

async function askTheAnalyst(daemon, people) {
  const {token} = people.ada;
  const prompt = {modelId: shop, prompt: "revenue by region", userId: people.ada.id};
  const {query} = JSON.parse((await post(daemon, "/api/v1/ai/generate-query", token, prompt)).body);
  await post(daemon, "/api/v1/ai/generate-query", token, {...prompt, prompt: "the weather?", topicName: "sales"});
  await post(daemon, "/api/v1/ai/pick-topic", token, {...prompt, potentialTopicNames: ["sales"]});
  await post(daemon, "/api/v1/ai/pick-topic", token, {...prompt, prompt: "the weather?"});
  const ran = await post(daemon, "/api/v1/query/run", token, {query, userId: people.ada.id});
  expect(ran.status === 200, `a generated query answered ${ran.status}: ${ran.body}`);
  await post(daemon, "/api/v1/query/run", token, query, {Accept: "application/json; profile=typed"});
  await post(daemon, "/api/v1/query/run", people.bob.token, query);
  await post(daemon, "/api/v1/query/run", token, {query: {...query, limit: 50_001}});
  await post(daemon, "/api/v1/query/run", token, {query: {...query, modelId: unknown}});
}

async function askTheEngine(daemon, people) {
  const token = people.root.token;
  const work = "/api/v1/jobs";
  const queue = "/api/v1/queues/texts";
  const expectOf = (answer, status) => {
    expect(answer.status === status, `${answer.method} ${answer.path} answered ${answer.status}, expected ${status}: ${answer.body}`);
    return answer.body === "" ? {} : JSON.parse(answer.body);
  };
  const get = async (path, status = 200) => expectOf(await ask(daemon, "GET", path, {token}), status);
  const send = async (path, body, status = 200) => expectOf(await post(daemon, path, token, body), status);
  const put = async (path, body, status) =>
    expectOf(await ask(daemon, "PUT", path, {token, body: JSON.stringify(body), headers: json}), status);
  const claim = async (more = {}) => (await send(`${queue}/claim`, {leaseSeconds: 60, ...more})).data[0];

  const spec = {kind: "count", queue: "texts", payload: {text: "one two"}, metadata: [1], tags: ["t"], key: "k", priority: 1,
                maxAttempts: 2, uniqueKey: "u", deadlineSeconds: 3600, timeLimitSeconds: 60};
  const {jobId} = await send(work, spec, 201);
  await send(work, spec, 200);
  await send(work, {...spec, onConflict: "refuse"}, 409);
  await get(`${work}/${jobId}/result`, 409);
  await send(`${queue}/pause`, {});
  expect(await claim() === undefined, "a paused queue gave a job out");
  await send(`${queue}/resume`, {});
  let run = await claim({waitSeconds: 1});
  const say = (what, body, status) => send(`${work}/${jobId}/${what}`, {attempt: run.attempt, ...body}, status);
  await say("heartbeat", {leaseSeconds: 60});
  await say("progress", {iteration: 1, message: "half"});
  await put(`${work}/${jobId}/steps/a%20step`, {attempt: run.attempt, result: {rows: 2}}, 200);
  await get(`${work}/${jobId}/steps/a%20step`);
  await say("release", {});
  for (const what of ["heartbeat", "progress", "complete", "release"]) await say(what, {}, 409);
  await say("fail", {code: "late"}, 409);
  await put(`${work}/${jobId}/steps/late`, {attempt: run.attempt, result: 1}, 409);
  run = await claim();
  await say("fail", {code: "busy", retryAfterSeconds: 0});
  run = await claim();
  await say("fail", {code: "busy", message: "still"});
  await get(`${work}/${jobId}`);
  await send(`${work}/${jobId}/retry`, {});
  run = await claim();
  await say("complete", {summary: "2 words", output: {words: 2}});
  await get(`${work}/${jobId}/result`);
  await get(`${work}/${jobId}/events?after=0`);
  await ask(daemon, "GET", `${work}/${jobId}/events`, {token, headers: {Accept: "text/event-stream"}});
  await send(`${work}/${jobId}/retry`, {}, 409);
  await send(`${work}/${jobId}/cancel`, {});
  await send(`${work}/batch`, {jobs: [{kind: "count", queue: "texts"}]});
  const {data: [waiting]} = await get(`${work}?state=PENDING&queue=texts&kind=count&pageSize=1`);
  await send(`${work}/${waiting.id}/cancel`, {});
  await get(`${work}?tag=t&cursor=${waiting.id}`);
  await get(`${work}?state=DONE`, 400);
  await get("/api/v1/queues");
  await get(queue);

  const schedule = "/api/v1/schedules/nightly";
  const nightly = {expression: "0 3 * * *", timeZone: "Europe/Berlin", catchUp: "latest", overlap: "skip", job: {kind: "count"}};
  await put(schedule, nightly, 201);
  await put(schedule, nightly, 200);
  await get(schedule);
  await get("/api/v1/schedules");
  await send(`${schedule}/pause`, {});
  await send(`${schedule}/resume`, {});
  expectOf(await ask(daemon, "DELETE", schedule, {token}), 204);
  expectOf(await ask(daemon, "DELETE", schedule, {token}), 404);
  for (const path of ["jobs", "queues", "schedules", `jobs/${jobId}`, "queues/texts", "schedules/nightly"]) {
    expectOf(await ask(daemon, "GET", `/api/v1/${path}`, {token: people.ada.token}), 403);
  }
}

async function askAboutPeople(daemon, people) {
  const {token} = people.root;
  const page = async (path) => JSON.parse((await ask(daemon, "GET", `${path}?pageSize=1`, {token})).body);
  for (const path of ["/api/v1/users", "/api/v1/keys", "/api/v1/audit-log"]) {
    const {pageInfo} = await page(path);
    await ask(daemon, "GET", `${path}?pageSize=100&cursor=${pageInfo.nextCursor}`, {token});
    await ask(daemon, "GET", `${path}?pageSize=0`, {token});
    await ask(daemon, "GET", path, {token: people.ada.token});
  }
  const {id} = (await page("/api/v1/keys")).data[0];
  const theirs = await ask(daemon, "POST", `/api/v1/keys/${id}/revoke`, {token: people.bob.token});
  expect([403, 404].includes(theirs.status), `revoking another's token answered ${theirs.status}`);
}

// While one job runs that never ends, by itself.
async function askWhileBusy(daemon, people) {
  const {token} = people.ada;
  const endless = {modelId: plain, prompt: "total item"};
  const first = JSON.parse((await post(daemon, jobs, token, endless)).body);
  expect(await running(daemon, token, first.jobId) === "RUNNING", "an endless job does not run");
  const second = await post(daemon, jobs, token, {...endless, conversationId: first.conversationId});
  expect(second.status === 409, `a second job of a conversation answered ${second.status}`);
  const waiting = JSON.parse((await post(daemon, jobs, token, endless)).body);
  await ask(daemon, "GET", `${jobs}/${waiting.jobId}`, {token});
  const full = await post(daemon, jobs, token, endless);
  expect(full.status === 503, `a full queue answered ${full.status}`);

  const stream = {token, headers: {Accept: "text/event-stream"}, until: /event: started/};
  const open = await ask(daemon, "GET", `${jobs}/${first.jobId}/events`, stream);
  const more = await ask(daemon, "GET", `${jobs}/${first.jobId}/events`, {...stream, until: undefined});
  expect(more.status === 503, `one stream too many answered ${more.status}`);
  open.close();

  const refused = await ask(daemon, "POST", `${jobs}/${waiting.jobId}/cancel`, {token: people.bob.token});
  expect(refused.status === 403, `cancelling another user's job answered ${refused.status}`);
  await ask(daemon, "POST", `${jobs}/${waiting.jobId}/cancel`, {token: people.organization});
  expect(await ended(daemon, token, waiting.jobId) === "CANCELLED", "a job that waits was not cancelled");
  return first.jobId;
}

async function askWhileStopping(daemon, people, job) {
  daemon.beginStop();
  while ((await ask(daemon, "GET", "/readyz")).status !== 503);
  const late = await post(daemon, jobs, people.ada.token, {modelId: plain, prompt: "how many products"});
  expect(late.status === 503, `a submission to a server that stops answered ${late.status}`);
  await ask(daemon, "POST", `${jobs}/${job}/cancel`, {token: people.ada.token});
  expect(await daemon.ended === 0, "jobsd did not stop well");
}

// Each token may ask once.
async function askTooOften() {
  const limited = new Daemon(options.jobsd, join(folder, "limited"), configuration({api: {rate_limit: {requests: 1, per: "24h"}}}));
  await limited.start();
  const token = limited.organizationKey();
  await ask(limited, "GET", jobs, {token});
  for (const operation of description.operations.values()) {
    if (!operation.secured || !operation.operation.responses["429"]) continue;
    const answer = await ask(limited, operation.method, target(operation), {token});
    expect(answer.status === 429, `${operation.method} ${operation.path} asked too often answered ${answer.status}`);
  }
  await limited.stop();
}

async function main() {
  databases();
  // Gives up each webhook at once.
  const receiver = http.createServer((request, response) => {
    request.resume();
    response.writeHead(410).end("gone");
  });
  await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const api = {body_bytes_max: "64KiB", pending_jobs_max: 2, streams_max: 1};
  const daemon = new Daemon(options.jobsd, join(folder, "main"), configuration({stop_grace: "30s", api}));
  await daemon.start();
  const people = {organization: daemon.organizationKey(), root: daemon.administrator("Root"), ada: daemon.user("Ada", "region=all"),
                  bob: daemon.user("Bob")};
  try {
    await askOpenRoutes(daemon);
    await askForMetricsFromElsewhere(daemon, people);
    await askBadly(daemon, people);
    const job = await askAboutJobs(daemon, people, `http://127.0.0.1:${receiver.address().port}/hook`);
    await askAboutDeliveries(daemon, people, job);
    await askTheAnalyst(daemon, people);
    await askTheEngine(daemon, people);
    await askAboutPeople(daemon, people);
    await askWhileStopping(daemon, people, await askWhileBusy(daemon, people));
    await askTooOften();
  } finally {
    daemon.process.kill("SIGKILL");
    receiver.close();
    receiver.closeAllConnections();
    rmSync(folder, {recursive: true, force: true});
  }
  const unseen = description.unseen();
  for (const route of unseen.routes) complain(`${route} is described and was never asked`);
  console.log(`${exchanges} answers held against ${description.operations.size} routes.`);
  if (unseen.statuses.length > 0) console.log(`Described and not seen here: ${unseen.statuses.join(", ")}`);
  for (const what of complaints) console.log(`WRONG: ${what}`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

await main();
