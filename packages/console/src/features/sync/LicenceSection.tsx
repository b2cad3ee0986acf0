import { useMutation, useQueryClient } from '@tanstack/react-query';
import { licenceRoutes, type LicenceInForce, type SignedEnvelope } from '@wardgrid/wire';
import { useId, useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useLicenceInForce } from '../../licence.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { Facts, Section } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';

/** The licence that this controller goes by, its seats, and the way to install a file. */
export function LicenceSection() {
  const licence = useLicenceInForce();
  const mayInstall = useMay('licences:install');
  const [isInstalling, setInstalling] = useState(false);
  if (!licence) return null;
  return (
    <Section
      title={t('field.licence')}
      actions={
        mayInstall && (
          <button type="button" className="button button-small" onClick={() => setInstalling(true)}>
            {t('licence.install')}
          </button>
        )
      }
    >
      <Facts facts={factsOf(licence)} />
      {isInstalling && <InstallDialog onClose={() => setInstalling(false)} />}
    </Section>
  );
}

function factsOf(licence: LicenceInForce): Parameters<typeof Facts>[0]['facts'] {
  const { seats, installedBy } = licence;
  return [
    [t('field.state'), <StateChip state={licence.state} />],
    [t('field.validUntil'), <Time at={licence.validUntil} isExact />],
    [t('licence.graceDays'), n(licence.graceDays)],
    [
      t('licence.source'),
      licence.source === 'chain' || installedBy === null ? (
        t('licence.fromChain')
      ) : (
        <span>
          {t('licence.fromFile')} <Person name={installedBy} />,{' '}
          <Time at={licence.installedAt} isExact />
        </span>
      ),
    ],
    ...(seats
      ? ([
          [t('licence.leased'), t('keys.usage', { used: seats.used, seats: seats.leased })],
          [
            t('licence.graceDevices'),
            seats.grace === 0 ? (
              n(0)
            ) : (
              <RouterLink to="/devices" search={{ filter: 'grace:true' }}>
                {n(seats.grace)}
              </RouterLink>
            ),
          ],
        ] as const)
      : []),
  ];
}

/** Reads a file of a person's machine: what it says is checked by the controller, by its chain of keys. */
function InstallDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const id = useId();
  const [file, setFile] = useState<File | null>(null);
  const [isReadable, setReadable] = useState(true);
  const client = useQueryClient();
  const install = useMutation({
    mutationFn: (document: SignedEnvelope) => call(licenceRoutes.install, { body: { document } }),
    onSuccess: async () => {
      onClose();
      notify('ok', t('licence.installed'));
      await client.invalidateQueries({ queryKey: ['licence'] });
    },
  });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const document = documentIn((await file?.text()) ?? '');
    setReadable(document !== undefined);
    if (document) install.mutate(document);
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('licence.install')}
      description={t('licence.installHint')}
    >
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-3">
        <div className="flex flex-col gap-1">
          <label htmlFor={id} className="font-medium">
            {t('licence.file')}
          </label>
          <input
            id={id}
            type="file"
            required
            className="input h-auto py-1.5"
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
          {!isReadable && (
            <p role="alert" className="text-bad">
              {t('licence.unreadable')}
            </p>
          )}
        </div>
        <ProblemNote error={install.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('licence.install')}
          isBusy={install.isPending}
          isDisabled={file === null}
        />
      </form>
    </Dialog>
  );
}

function documentIn(text: string): SignedEnvelope | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isEnvelope(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it looks like a licence at all. Schemas are not in the console; the controller has the last word. */
function isEnvelope(value: unknown): value is SignedEnvelope {
  if (typeof value !== 'object' || value === null) return false;
  const parts: Readonly<Partial<Record<keyof SignedEnvelope, unknown>>> = value;
  return [parts.payload, parts.keyId, parts.signature].every((part) => typeof part === 'string');
}
