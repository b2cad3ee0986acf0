import { defineConfig } from 'vitest/config';

/** Two cores are what the smallest machine of ours has; a database test keeps a server busy beside it. */
const WORKERS_MAX = 2;

const PURE = ['base', 'wire', 'trust', 'detection', 'sync'].map(
  (name) => `packages/${name}/src/**/*.test.ts`,
);
const PROGRAMS = [
  'packages/{controller,agent,cli,console}/**/*.test.{ts,tsx}',
  'bench/**/*.test.ts',
  'scripts/**/*.test.ts',
  'test/{architecture,content,simulation,vectors,generated}/**/*.test.ts',
];
/** Starts real PostgreSQL servers before: see `test/database/`. */
const DATABASE = ['**/*.pg.test.ts'];
/** Whole programs, browsers, network namespaces: one at a time, on a quiet machine. */
const MACHINE = ['test/journeys/**/*.test.ts', '**/*.net.test.ts', '**/*.kernel.test.ts'];
const NEVER = ['**/node_modules/**', '**/dist/**', '.cache/**'];

/** Groups run one after the other, so that a slow group never takes the cores of another. */
export default defineConfig({
  test: {
    globalSetup: ['test/database/global-setup.ts'],
    allowOnly: false,
    passWithNoTests: false,
    teardownTimeout: 60_000,
    projects: [
      {
        test: {
          name: 'pure',
          include: PURE,
          exclude: NEVER,
          isolate: false,
          maxWorkers: WORKERS_MAX,
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'programs',
          include: PROGRAMS,
          exclude: [...NEVER, ...DATABASE, ...MACHINE],
          maxWorkers: WORKERS_MAX,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'database',
          include: DATABASE,
          exclude: [...NEVER, ...MACHINE],
          maxWorkers: WORKERS_MAX,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'machine',
          include: MACHINE,
          exclude: NEVER,
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
