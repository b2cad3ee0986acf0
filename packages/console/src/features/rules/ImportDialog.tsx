import { useMutation, useQueryClient } from '@tanstack/react-query';
import { RuleSetFormat, ruleSetRoutes } from '@wardgrid/wire';
import { useId, useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';

/** Reads rule files of a person's machine and imports them; every error of every file is shown. */
export function ImportDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const [name, setName] = useState('');
  const [format, setFormat] = useState<RuleSetFormat>('sigma');
  const [licence, setLicence] = useState('');
  const [files, setFiles] = useState<readonly File[]>([]);
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: async () => {
      const read = files.map(async (file) => ({ name: file.name, text: await file.text() }));
      const body = { name, format, licence, files: await Promise.all(read) };
      return call(ruleSetRoutes.create, { body });
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['rule-sets'] });
      await client.invalidateQueries({ queryKey: ['rules'] });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t('ruleSets.import')}
      description={t('ruleSets.importHint')}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.name')}
          value={name}
          onChange={setName}
          error={add.error}
          pointer="/name"
          lengthMax={120}
          isRequired
        />
        <SelectField
          label={t('rules.format')}
          value={format}
          onChange={(value) =>
            setFormat(RuleSetFormat.options.find((one) => one === value) ?? 'sigma')
          }
          choices={RuleSetFormat.options.map((one) => ({
            value: one,
            text: t(`ruleFormat.${one}`),
          }))}
        />
        <TextField
          label={t('rules.licence')}
          hint={t('ruleSets.licenceHint')}
          value={licence}
          onChange={setLicence}
          lengthMax={200}
          isRequired
        />
        <FilesField onChange={setFiles} />
        <ProblemNote error={add.error} />
        <DialogButtons
          onCancel={onClose}
          submit={t('ruleSets.import')}
          isBusy={add.isPending}
          isDisabled={files.length === 0}
        />
      </form>
    </Dialog>
  );
}

function FilesField(properties: { readonly onChange: (files: readonly File[]) => void }) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="font-medium">
        {t('ruleSets.files')}
      </label>
      <input
        id={id}
        type="file"
        multiple
        required
        className="input h-auto py-1.5"
        onChange={(event) => properties.onChange([...(event.target.files ?? [])])}
      />
    </div>
  );
}
