import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  controllerRoutes,
  joinCandidateRoutes,
  joinTokenRoutes,
  type JoinCandidate,
  type JoinToken,
} from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useScopeTargets } from '../../scopes.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { CopyLine } from '../../ui/CopyLine.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { CheckField, SelectField, TextField } from '../../ui/Field.tsx';
import { absoluteTime } from '../../ui/format.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { AdmitDialog } from './AdmitDialog.tsx';

/** As long as a person needs to walk to a machine; what is forgotten does not stay open. */
const HOURS = 24;
/** In case no live event comes through. */
const LOOK_AGAIN_MS = 5_000;

type Made = Awaited<ReturnType<typeof make>>;

const make = (body: {
  readonly name: string;
  readonly scope: string;
  readonly expiresInHours: number;
  readonly isApprovalNeeded: boolean;
}) => call(joinTokenRoutes.create, { body });

/** A new controller: what it is called and serves, then one line to copy, then it comes. */
export function JoinDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const [made, setMade] = useState<Made | null>(null);
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t('controllers.add')}
      description={made ? t('controllers.runHint') : t('controllers.addHint')}
    >
      {made ? (
        <Arrival made={made} onClose={onClose} />
      ) : (
        <Wishes onMade={setMade} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Wishes(properties: {
  readonly onMade: (made: Made) => void;
  readonly onClose: () => void;
}) {
  const { onMade, onClose } = properties;
  const targets = useScopeTargets();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [hours, setHours] = useState(HOURS);
  const [isApprovalNeeded, setApprovalNeeded] = useState(false);
  const scope = targets.find(({ value }) => value === chosen)?.value ?? targets[0]?.value ?? '';
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => make({ name, scope, expiresInHours: hours, isApprovalNeeded }),
    onSuccess: async (answer) => {
      onMade(answer);
      await client.invalidateQueries({ queryKey: ['join-tokens'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextField
        label={t('field.name')}
        hint={t('controllers.nameHint')}
        value={name}
        onChange={setName}
        error={create.error}
        pointer="/name"
        lengthMax={120}
        isRequired
      />
      <SelectField
        label={t('controllers.serves')}
        hint={t('controllers.servesHint')}
        value={scope}
        onChange={setChosen}
        error={create.error}
        pointer="/scope"
        choices={targets}
      />
      <TextField
        label={t('add.hours')}
        type="number"
        min={1}
        max={168}
        value={String(hours)}
        onChange={(next) => setHours(Number(next))}
      />
      <CheckField
        label={t('controllers.approvalNeeded')}
        isChecked={isApprovalNeeded}
        onChange={setApprovalNeeded}
      />
      <ProblemNote error={create.error} />
      <DialogButtons
        onCancel={onClose}
        submit={t('controllers.makeToken')}
        isBusy={create.isPending}
        isDisabled={scope === ''}
      />
    </form>
  );
}

function Arrival(properties: { readonly made: Made; readonly onClose: () => void }) {
  const { made, onClose } = properties;
  const { joinToken, command } = made;
  return (
    <div className="flex flex-col gap-3">
      <CopyLine text={command} label={t('controllers.command')} />
      <p className="flex items-center gap-1.5 text-xs text-muted">
        <Icon name="shield" className="size-3.5" />
        {t('controllers.bound', {
          place: joinToken.placeName,
          parent: joinToken.parentName,
          expires: absoluteTime(Date.parse(joinToken.expiresAt)),
        })}
      </p>
      <div aria-live="polite" className="rounded-md border border-line-strong p-3">
        <Comer token={joinToken} />
      </div>
      <div className="flex justify-end">
        <button type="button" className="button" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </div>
  );
}

/** The controller that came with the token, or that none has come yet. */
function Comer(properties: { readonly token: JoinToken }) {
  const { token } = properties;
  const comers = useQuery({
    queryKey: ['controllers', 'list', 'arrival', token.id],
    queryFn: ({ signal }) =>
      call(controllerRoutes.list, {
        query: { filter: `createdAt:>=${token.createdAt}`, sort: '-createdAt', limit: 20 },
        signal,
      }),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const comer = comers.data?.data.find(
    ({ name, scope }) => name === token.name && scope === token.scope,
  );
  const waiting = useQuery({
    queryKey: ['join-candidates', 'list', 'arrival', token.id],
    queryFn: ({ signal }) =>
      call(joinCandidateRoutes.list, {
        query: { filter: 'state:waiting source:token', sort: '-firstSeenAt', limit: 20 },
        signal,
      }),
    enabled: token.isApprovalNeeded && !comer,
    refetchInterval: LOOK_AGAIN_MS,
  });
  const newcomer = waiting.data?.data.find(
    ({ name, scope }) => name === token.name && scope === token.scope,
  );
  if (!comer && newcomer) return <Waiter newcomer={newcomer} />;
  if (!comer) {
    return (
      <p className="flex items-center gap-3 text-muted">
        <span className="size-2.5 animate-pulse rounded-full bg-accent" />
        {t('controllers.waitingFor', { name: token.name })}
      </p>
    );
  }
  return (
    <p className="slide-in flex items-center gap-3">
      <Icon name="controllers" className="size-5 text-muted" />
      <RouterLink to={`/controllers/${comer.id}`} className="font-semibold hover:underline">
        <Hostile text={comer.name} />
      </RouterLink>
      <StateChip state={comer.state} />
    </p>
  );
}

/** One that has come and waits for a person. */
function Waiter(properties: { readonly newcomer: JoinCandidate }) {
  const { newcomer } = properties;
  const [isAdmitting, setAdmitting] = useState(false);
  return (
    <div className="slide-in flex items-center gap-3">
      <Icon name="controllers" className="size-5 text-muted" />
      <span className="grow font-semibold">
        <Hostile text={newcomer.name} />
      </span>
      <StateChip state={newcomer.state} />
      <button type="button" className="button button-solid" onClick={() => setAdmitting(true)}>
        {t('controllers.approve')}
      </button>
      {isAdmitting && <AdmitDialog newcomer={newcomer} onClose={() => setAdmitting(false)} />}
    </div>
  );
}
