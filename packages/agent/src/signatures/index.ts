/**
 * The signature engines: YARA, lists of hashes, EICAR's test file, ClamAV, and the archives that hide
 * files from them. They get open descriptors or bytes, say what they found, and say what they could not
 * look at: that is never "clean". They own their compiled content alone; they open no file of the device
 * by name and act on nothing.
 */
export {
  createFileScanner,
  type EngineState,
  type SignatureContent,
  type SignatureScanner,
} from './file-scanner.ts';
