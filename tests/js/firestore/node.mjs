// The SDK's Node build, which speaks gRPC. MODE is "checks", "echo" or "counters".
import test from "node:test";
import * as app from "firebase/app";
import * as firestore from "firebase/firestore";
import * as lite from "firebase/firestore/lite";
import { obey } from "./commands.mjs";
import { checks, echo, open, runCheck, watchCounters } from "./scenario.mjs";

const { HOST: host, PORT: port, PROJECT: projectId, MODE: mode } = process.env;
firestore.setLogLevel("silent");
const sdk = open({ app, firestore, lite }, { host, port: Number(port), projectId });
if (mode === "echo") await echo(sdk).finally(sdk.close);
else if (mode === "counters") {
  const page = watchCounters(sdk);
  await obey((name, ...given) => page[name](...given)).finally(sdk.close);
} else {
  for (const name of Object.keys(checks)) test(name, () => runCheck(sdk, name));
  test.after(sdk.close);
}
