// One Firebase app per caller, bound to the servers that the environment names.
import { initializeApp } from "firebase/app";
import { connectAuthEmulator, inMemoryPersistence, initializeAuth } from "firebase/auth";
import { connectStorageEmulator, getStorage } from "firebase/storage";

export const projectId = process.env.PROJECT;
export const [authHost, authPort] = (process.env.AUTH_HOST ?? "").split(":");
export const [storageHost, storagePort] = (process.env.STORAGE_HOST ?? "").split(":");

let apps = 0;

export function newApp() {
  const config = { apiKey: "demo", projectId, storageBucket: `${projectId}.appspot.com` };
  const app = initializeApp(config, `app ${apps++}`);
  const auth = initializeAuth(app, { persistence: inMemoryPersistence });
  if (authPort) connectAuthEmulator(auth, `http://${authHost}:${authPort}`, { disableWarnings: true });
  const storage = getStorage(app);
  if (storagePort) connectStorageEmulator(storage, storageHost, Number(storagePort));
  return { auth, storage };
}

export async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  throw new Error("it was let through");
}
