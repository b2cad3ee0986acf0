/* Says to be a controller on the local network, with a key that nobody certified: `node rogue-announcer.ts
   NAME PORT`. For journeys that look whether somebody notices. */
import { encodeBase64Url } from '@wardgrid/base';
import { openLocalMulticast } from '@wardgrid/base/multicast';
import { systemClock, systemNewId, systemRandom } from '@wardgrid/base/system';
import { createSigner, signAnnouncement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { encodeAnnouncement } from '@wardgrid/wire';

const [name = 'rogue', port = '7443'] = process.argv.slice(2);
const signer = createSigner(systemCryptography, systemRandom.bytes(32));
const nodeId = systemNewId();
const multicast = openLocalMulticast(() => undefined);

for (;;) {
  for (const link of await multicast.refresh()) {
    const announcement = {
      nodeId,
      publicKey: encodeBase64Url(signer.publicKey),
      serial: 1,
      url: `https://${link.address}:${port}`,
      name,
      at: systemClock.now(),
      nonce: encodeBase64Url(systemRandom.bytes(16)),
    };
    const signature = signAnnouncement(signer, announcement);
    const address = Uint8Array.from(link.address.split('.'), Number);
    multicast.send(
      link,
      encodeAnnouncement({ announcement, signature }, { address, port: Number(port) }),
    );
  }
  process.stdout.write('announced\n');
  await systemClock.sleep(1_000);
}
