import { useMutation } from '@tanstack/react-query';
import { deviceCodeRoutes } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { TextField } from '../../ui/Field.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { visibleText } from '@wardgrid/base';
import { useSearchValues } from '../../ui/use-address.ts';

/** Approves the sign-in of a program that shows a code. The code in the address is only a proposal. */
export function DeviceCodePage() {
  const search = useSearchValues();
  const [userCode, setUserCode] = useState((search['code'] ?? '').toUpperCase().slice(0, 12));
  const approve = useMutation({
    mutationFn: () =>
      call(deviceCodeRoutes.approve, { body: { userCode: userCode.trim().toUpperCase() } }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    approve.mutate();
  };
  return (
    <PageBody isNarrow>
      <PageHead title={t('deviceCode.title')} />
      <Section title={t('deviceCode.code')}>
        {approve.data ? (
          <p role="status" className="flex items-center gap-2 text-ok">
            <Icon name="check" />
            {t('deviceCode.approved', { name: visibleText(approve.data.clientName) })}
          </p>
        ) : (
          <form onSubmit={submit} className="flex max-w-md flex-col gap-3">
            <p className="text-muted">{t('deviceCode.hint')}</p>
            <TextField
              label={t('deviceCode.code')}
              value={userCode}
              onChange={setUserCode}
              lengthMax={12}
              isRequired
              isMono
            />
            <ProblemNote error={approve.error} />
            <div>
              <button type="submit" className="button button-solid" disabled={approve.isPending}>
                {t('deviceCode.approve')}
              </button>
            </div>
          </form>
        )}
      </Section>
    </PageBody>
  );
}
