/* The scanner thread of the product: the signature engines and nothing else. */
import { createFileScanner, type SignatureContent } from '../../signatures/index.ts';
import { runScannerThread } from './scanner-thread.ts';

await runScannerThread((content, onStep) =>
  createFileScanner(content as SignatureContent, { onStep }),
);
