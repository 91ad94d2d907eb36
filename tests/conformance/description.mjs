// The API's description as checks: which operation a request is, and in what an exchange departs from it. JSON is checked by Ajv,
// which knows nothing of this project.
import {Validator} from "@seriousme/openapi-schema-validator";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import {parse} from "yaml";

// What any route may answer, as the description's introduction says.
const general = [405, 408, 413, 414, 431];

const escaped = (key) => encodeURIComponent(String(key).replaceAll("~", "~0").replaceAll("/", "~1"));
const unescaped = (part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
// Schemas stand by themselves for Ajv, which would take the rest of the document for keywords it does not know.
const standalone = (schema) => JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/"));
const isJson = (type) => /^application\/json\b/.test(type ?? "");

export class Description {
  constructor(text) {
    this.document = parse(text);
    // Strict: a misspelt keyword is an error, and so is a format that is not known.
    this.ajv = new Ajv2020({strict: true, strictTypes: false, strictRequired: false, allErrors: true});
    addFormats(this.ajv);
    this.definitions = standalone(this.document.components.schemas);
    this.compiled = new Map();
    this.operations = new Map();
    for (const [path, item] of Object.entries(this.document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (method === "parameters") continue;
        const pointer = `#/paths/${escaped(path)}/${method}`;
        const parameters = [
          ...(item.parameters ?? []).map((one, i) => [one, `#/paths/${escaped(path)}/parameters/${i}`]),
          ...(operation.parameters ?? []).map((one, i) => [one, `${pointer}/parameters/${i}`]),
        ].map(([one, at]) => this.resolved(one, at));
        const security = operation.security ?? this.document.security;
        // {}: there are those who need no token.
        const secured = security.length > 0 && security.every((one) => Object.keys(one).length > 0);
        this.operations.set(`${method.toUpperCase()} ${path}`,
                            {method: method.toUpperCase(), path, operation, pointer, parameters, secured, seen: new Set()});
      }
    }
  }

  // What is wrong with the document itself.
  async problems() {
    const answer = await new Validator().validate(structuredClone(this.document));
    return answer.valid ? [] : [`the description is no OpenAPI document: ${JSON.stringify(answer.errors)}`];
  }

  // An object or what its $ref leads to, and where that stands.
  resolved(object, at) {
    if (!object.$ref) return {object, at};
    return {object: this.at(object.$ref), at: object.$ref};
  }

  at(pointer) {
    return pointer.slice(2).split("/").map(unescaped).reduce((found, part) => found[part], this.document);
  }

  // The errors of a value against the schema at a pointer; empty: none.
  errors(pointer, value) {
    if (!this.compiled.has(pointer)) {
      this.compiled.set(pointer, this.ajv.compile({...standalone(this.at(pointer)), $defs: this.definitions}));
    }
    const validate = this.compiled.get(pointer);
    if (validate(value)) return [];
    return validate.errors.map((error) => `${error.instancePath || "/"} ${error.message}`);
  }

  // The operation of a request: of several paths that match, the one with the fewest named segments.
  find(method, path) {
    const is = path.split("/");
    const matches = [...this.operations.values()].filter((one) => {
      const want = one.path.split("/");
      return want.length === is.length && want.every((part, i) => part === is[i] || (part.startsWith("{") && is[i] !== ""));
    });
    const named = (one) => one.path.split("{").length;
    const fewest = Math.min(...matches.map(named));
    const wanted = method === "HEAD" ? ["HEAD", "GET"] : [method];
    return matches.find((one) => named(one) === fewest && wanted.includes(one.method));
  }

  // How an exchange departs from the description; empty: it does not. {method, path, query, requestHeaders, requestBody, status,
  // headers, body} with names of fields in lower case.
  check(exchange) {
    const {method, path, status} = exchange;
    const found = this.find(method, path);
    const route = found ? `${found.method} ${found.path}` : `${method} ${path}`;
    const complaints = [];
    const complain = (what) => complaints.push(`${route} answered ${status}: ${what}`);
    if (!found || (general.includes(status) && !found.operation.responses[status])) {
      // No route answered: there is one form of error.
      if (!found && ![204, 404, 405].includes(status)) complain("the description has no such route");
      if (status >= 400 && method !== "HEAD") this.checkError(exchange, "#/components/responses/Error", complain);
    } else {
      found.seen.add(status);
      const described = found.operation.responses[String(status)];
      if (described) {
        const {object, at} = this.resolved(described, `${found.pointer}/responses/${status}`);
        this.checkAnswer(exchange, object, at, complain);
      } else {
        complain("the description does not have that status");
      }
      if (status < 400) this.checkRequest(exchange, found, complain);
    }
    this.checkFields(exchange, complain);
    return complaints;
  }

  checkAnswer(exchange, response, at, complain) {
    for (const [field, {object}] of Object.entries(response.headers ?? {}).map(([key, one]) => [key, this.resolved(one, "")])) {
      const value = exchange.headers[field.toLowerCase()];
      if (value === undefined) {
        if (object.required) complain(`the field ${field} is missing`);
        continue;
      }
      this.checkValue(`${at}/headers/${escaped(field)}/schema`, object.schema, value, `the field ${field}`, complain);
    }
    if (exchange.method === "HEAD") {
      if (exchange.body !== "") complain("an answer to HEAD has a body");
      return;
    }
    if (!response.content) {
      if (exchange.body !== "") complain("there is a body, and none is described");
      return;
    }
    const type = (exchange.headers["content-type"] ?? "").split(";")[0];
    if (!response.content[type]) return complain(`the type ${type} is not described`);
    const value = isJson(type) ? this.parsed(exchange.body, complain) : exchange.body;
    for (const error of this.errors(`${at}/content/${escaped(type)}/schema`, value)) {
      complain(`${error} in ${exchange.body.slice(0, 300)}`);
    }
  }

  checkError(exchange, at, complain) {
    this.checkAnswer(exchange, this.resolved({$ref: at}).object, at, complain);
  }

  // A request that was taken must be one that the description allows.
  checkRequest(exchange, found, complain) {
    for (const [key, value] of exchange.query) {
      const known = found.parameters.find(({object}) => object.in === "query" && object.name === key);
      if (!known) complain(`the parameter ${key} is not described`);
      else this.checkValue(`${known.at}/schema`, known.object.schema, value, `the parameter ${key}`, complain);
    }
    for (const {object} of found.parameters) {
      const given = object.in === "query" ? exchange.query.some(([key]) => key === object.name) : true;
      if (object.required && !given) complain(`it was taken without the parameter ${object.name}`);
    }
    const body = found.operation.requestBody;
    if (!body || exchange.requestBody === undefined) return;
    const at = `${found.pointer}/requestBody/content/application~1json/schema`;
    for (const error of this.errors(at, JSON.parse(exchange.requestBody))) complain(`it took a body that is not described: ${error}`);
  }

  checkValue(at, schema, text, what, complain) {
    const {object} = this.resolved(schema, at);
    const value = object.type === "integer" ? Number(text) : text;
    for (const error of this.errors(at, value)) complain(`${what} is ${JSON.stringify(text)}: ${error}`);
  }

  // What HTTP and the API ask of every answer.
  checkFields({status, headers, body, method}, complain) {
    const needs = {401: ["www-authenticate"], 405: ["allow"], 429: ["retry-after"], 503: ["retry-after"], 201: ["location"]};
    for (const field of ["date", "x-request-id", ...(needs[status] ?? [])]) {
      if (!headers[field]) complain(`the field ${field} is missing`);
    }
    if (status < 400 || method === "HEAD" || !isJson(headers["content-type"])) return;
    if (this.parsed(body, complain)?.status !== status) complain("the error's status is another");
  }

  parsed(text, complain) {
    try {
      return JSON.parse(text);
    } catch {
      complain(`the body is no JSON: ${text.slice(0, 200)}`);
      return undefined;
    }
  }

  // Routes that no request was made to, and statuses that none was answered with.
  unseen() {
    const operations = [...this.operations.entries()];
    return {
      routes: operations.filter(([, one]) => one.seen.size === 0).map(([key]) => key),
      statuses: operations.flatMap(([key, one]) =>
        Object.keys(one.operation.responses).filter((status) => !one.seen.has(Number(status))).map((status) => `${key} ${status}`)),
    };
  }
}
