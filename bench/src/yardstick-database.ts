import { Client } from 'pg';
import type { ControllerProcess } from './controller-process.ts';

/** An empty database of a yardstick on the controller's own server: the same disk, the same settings. */
export async function createYardstickDatabase(
  controller: ControllerProcess,
  name: string,
): Promise<ControllerProcess['connection']> {
  const client = new Client(controller.connection);
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return { ...controller.connection, database: name };
}
