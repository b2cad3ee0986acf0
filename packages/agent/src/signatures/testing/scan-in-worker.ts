import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import { createFileScanner } from '../index.ts';
import { scanPath } from './files.ts';

const { rules, path } = z.object({ rules: z.string(), path: z.string() }).parse(workerData);
const scanner = await createFileScanner({ yara: [{ name: 'rules', text: rules }], hashes: [] });
const verdict = scanPath(scanner, path);
scanner.close();
parentPort?.postMessage(
  verdict.hits.map(({ rule }) => rule),
  [],
);
