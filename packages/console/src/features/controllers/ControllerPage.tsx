import { useQuery } from '@tanstack/react-query';
import { visibleText } from '@wardgrid/base';
import { controllerRoutes, type Controller } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { clockWords } from '../../ui/clock-words.ts';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { Person } from '../../ui/Person.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { usePathId } from '../../ui/use-address.ts';
import { ControllerActions } from './ControllerActions.tsx';
import { findNode, forestOf, type TreeNode } from './controller-tree.ts';
import { KeyText, ProblemChips, UpstreamChip } from './ControllerWords.tsx';
import { useControllers } from './use-controllers.ts';

/** One controller: where it stands, how it talks with those above, whether it is let in. */
export function ControllerPage() {
  const id = usePathId();
  const controller = useQuery({
    queryKey: ['controllers', 'one', id],
    queryFn: ({ signal }) => call(controllerRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={controller}>{(data) => <Content controller={data} />}</Loaded>;
}

function Content(properties: { readonly controller: Controller }) {
  const { controller } = properties;
  const all = useControllers().data ?? [];
  const node = findNode(forestOf(all), controller.id);
  return (
    <PageBody>
      <PageHead
        title={visibleText(controller.name)}
        parent={{ to: '/controllers', text: t('nav.controllers') }}
        thing={{ noun: 'controllers', id: controller.id }}
        detail={
          <>
            <StateChip state={controller.state} />
            <ProblemChips controller={controller} />
            <span>{t(`controllerRole.${controller.role}`)}</span>
            {controller.isSelf && <span className="chip">{t('controllers.self')}</span>}
          </>
        }
        actions={<ControllerActions controller={controller} all={all} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Standing controller={controller} all={all} />
        <Talk controller={controller} all={all} />
        <Trust controller={controller} />
        <Below node={node} />
      </div>
    </PageBody>
  );
}

function Standing(properties: {
  readonly controller: Controller;
  readonly all: readonly Controller[];
}) {
  const { controller, all } = properties;
  return (
    <Section title={t('controllers.standing')}>
      <Facts
        facts={[
          [t('field.layer'), n(controller.layer)],
          [t('controllers.serves'), <Hostile text={controller.placeName} />],
          [
            t('nav.devices'),
            t('tenants.online', {
              online: controller.counts.online,
              devices: controller.counts.devices,
            }),
          ],
          [t('nav.incidents'), n(controller.counts.openIncidents)],
          [t('field.tenant'), <Hostile text={controller.tenantName} />],
          [t('controllers.way'), <Way controller={controller} all={all} />],
          [t('field.address'), <Addresses urls={controller.urls} />],
          [t('field.version'), <Hostile text={controller.version} isMono />],
        ]}
      />
    </Section>
  );
}

function Addresses(properties: { readonly urls: readonly string[] }) {
  if (properties.urls.length === 0) return <Nothing />;
  return (
    <ul>
      {properties.urls.map((url) => (
        <li key={url}>
          <Hostile text={url} isMono />
        </li>
      ))}
    </ul>
  );
}

/** The controllers above, from the top down, as far as they are seen. */
function Way(properties: { readonly controller: Controller; readonly all: readonly Controller[] }) {
  const { controller, all } = properties;
  const above = aboveOf(controller, all);
  if (above.length === 0) return <Nothing />;
  return (
    <ol className="flex flex-wrap items-center gap-x-1.5">
      {above.map((one) => (
        <li key={one.id} className="flex items-center gap-1.5">
          <RouterLink to={`/controllers/${one.id}`}>
            <Hostile text={one.name} />
          </RouterLink>
          <span aria-hidden="true" className="text-muted">
            ›
          </span>
        </li>
      ))}
      <li>
        <Hostile text={controller.name} />
      </li>
    </ol>
  );
}

function aboveOf(controller: Controller, all: readonly Controller[]): readonly Controller[] {
  const above: Controller[] = [];
  let next = controller.parentId;
  while (next !== null && above.length < all.length) {
    const parent = all.find(({ id, tenantId }) => id === next && tenantId === controller.tenantId);
    if (!parent) break;
    above.unshift(parent);
    next = parent.parentId;
  }
  return above;
}

function Talk(properties: {
  readonly controller: Controller;
  readonly all: readonly Controller[];
}) {
  const { controller, all } = properties;
  const { upstreamId, queueUp, cursor, clockOffsetMs } = controller;
  const talker = all.find(({ id }) => id === upstreamId)?.name;
  return (
    <Section title={t('controllers.talk')}>
      <Facts
        facts={[
          [t('controllers.upstream'), <UpstreamChip controller={controller} />],
          [
            t('controllers.talksWith'),
            upstreamId === null ? (
              <Nothing />
            ) : (
              <RouterLink to={`/controllers/${upstreamId}`}>
                {talker === undefined ? t('controllers.other') : <Hostile text={talker} />}
              </RouterLink>
            ),
          ],
          [t('controllers.lastReport'), <Time at={controller.lastReportAt} isExact />],
          [t('controllers.lastSync'), <Time at={controller.lastSyncAt} isExact />],
          [t('controllers.queueUp'), queueUp === null ? <Nothing /> : n(queueUp)],
          [t('sync.cursor'), cursor === null ? <Nothing /> : n(cursor)],
          [
            t('controllers.clock'),
            clockOffsetMs === null ? <Nothing /> : clockWords(clockOffsetMs),
          ],
        ]}
      />
    </Section>
  );
}

function Trust(properties: { readonly controller: Controller }) {
  const { controller } = properties;
  const { certificateSerial } = controller;
  return (
    <Section title={t('controllers.trust')}>
      <Facts
        facts={[
          [t('controllers.keyId'), <KeyText fingerprint={controller.keyId} />],
          [
            t('controllers.certificate'),
            certificateSerial === null ? (
              <Nothing />
            ) : (
              <span className="mono">{certificateSerial}</span>
            ),
          ],
          [t('field.validUntil'), <Time at={controller.certificateExpiresAt} isExact />],
          [t('field.createdAt'), <Time at={controller.createdAt} isExact />],
          [t('field.createdBy'), <Person name={controller.createdBy} />],
          [t('field.approvedBy'), <Person name={controller.approvedBy} />],
          [t('controllers.revokedAt'), <Time at={controller.revokedAt} isExact />],
          [t('field.id'), <span className="mono break-all">{controller.id}</span>],
        ]}
      />
    </Section>
  );
}

function Below(properties: { readonly node: TreeNode | undefined }) {
  const children = properties.node?.children ?? [];
  return (
    <Section title={`${t('controllers.below')} (${n(children.length)})`} isFlush>
      {children.length === 0 && <p className="p-4 text-muted">{t('controllers.noneBelow')}</p>}
      <ul>
        {children.map(({ controller }) => (
          <li
            key={controller.id}
            className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2 last:border-b-0"
          >
            <RouterLink
              to={`/controllers/${controller.id}`}
              className="min-w-0 grow truncate font-medium hover:underline"
            >
              <Hostile text={controller.name} />
            </RouterLink>
            <ProblemChips controller={controller} />
            <StateChip state={controller.state} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
