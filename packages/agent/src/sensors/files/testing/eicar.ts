/** The test file that every scanner calls malicious, in parts so that this source is not it. */
export const EICAR = [
  String.raw`X5O!P%@AP[4\PZX54(P^)7CC)7}`,
  'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!',
  'H+H*',
].join('$');
