// Installs what the test checks with, when it is not there yet, and runs the test. Exit 77: skipped.
//
//   node run.mjs --jobsd PROGRAM --make-shop PROGRAM --openapi FILE --models FOLDER
//
// The packages are those that package-lock.json pins, each held against its checksum. They are installed beside this file, which
// stands in the build folder, once for each state of the lock.
import {execFileSync} from "node:child_process";
import {existsSync, readFileSync, writeFileSync} from "node:fs";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";

const skipped = 77;
const folder = dirname(fileURLToPath(import.meta.url));
const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
const stamp = join(folder, "installed-lock.json");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  try {
    const how = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"];
    execFileSync("npm", how, {cwd: folder, stdio: ["ignore", "pipe", "pipe"], timeout: 120_000});
  } catch (error) {
    const why = String(error.stderr ?? "").trim() || error.message;
    console.log(`SKIPPED: the validator's packages cannot be installed from npm's registry, so no answer was checked.\n${why}`);
    process.exit(skipped);
  }
  writeFileSync(stamp, lock);
}
await import("./conformance.mjs");
