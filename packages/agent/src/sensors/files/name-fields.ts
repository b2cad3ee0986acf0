import type { EventFields } from '@wardgrid/wire';

/** Path, folder, name and extension of a file; nothing for an empty path. */
export function nameFields(path: string): EventFields {
  if (path === '') return {};
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const dot = name.lastIndexOf('.');
  const fields: EventFields = {
    'file.path': path,
    'file.name': name,
    'file.directory': slash > 0 ? path.slice(0, slash) : '/',
  };
  if (dot > 0) fields['file.extension'] = name.slice(dot + 1);
  return fields;
}
