// Takes requests from stdin, one JSON array [name, ...arguments] a line, until it ends; answers each with a line.
import { createInterface } from "node:readline";

export async function obey(act) {
  for await (const line of createInterface({ input: process.stdin })) {
    await act(...JSON.parse(line));
    process.stdout.write("done\n");
  }
}
