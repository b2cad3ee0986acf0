import { formatIp, parseCidr, parseIp, type Cidr } from '@wardgrid/base';
import { ScanError } from './errors.ts';

/** The widest network a scan takes; a wider one is many jobs. */
const PREFIX_MIN = 16;

/* Networks in which no host of a site lives: this-network, loopback, multicast and reserved
   (RFC 6890). Loopback answers for every one of its addresses and would yield false hosts. */
const FORBIDDEN = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4'].map(parseCidr);

/** The number of an IPv4 address. @throws ScanError `scan-address-invalid` for any other text. */
export function ipv4Of(text: string): number {
  const ip = parseIp(text);
  if (ip?.version !== 4) {
    throw new ScanError('scan-address-invalid', `'${text.slice(0, 64)}' is no IPv4 address`);
  }
  return Number(ip.value);
}

/** The text of an IPv4 number. */
export function ipv4Text(value: number): string {
  return formatIp(4, BigInt(value >>> 0));
}

/**
 * The network to discover. @throws ScanError `scan-network-invalid` for text that is no IPv4
 * network of hosts, `scan-network-too-large` beyond a /16.
 */
export function networkOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (cidr?.version !== 4) {
    throw new ScanError('scan-network-invalid', `'${text.slice(0, 64)}' is no IPv4 network`);
  }
  if (cidr.prefix < PREFIX_MIN) {
    throw new ScanError('scan-network-too-large', `'${text}' is wider than a /${PREFIX_MIN}`);
  }
  for (const forbidden of FORBIDDEN) {
    if (
      forbidden &&
      cidr.first >> (32n - BigInt(forbidden.prefix)) ===
        forbidden.first >> (32n - BigInt(forbidden.prefix))
    ) {
      throw new ScanError('scan-network-invalid', `'${text}' holds no hosts of a site`);
    }
  }
  return cidr;
}
