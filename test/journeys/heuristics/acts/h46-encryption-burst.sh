# expects: critical T1486
. "$STAGE/act.sh"
python3 - <<'PY'
import os
for folder, ending in (('docs', 'txt'), ('pictures', 'bmp'), ('mail', 'csv')):
    os.makedirs(f'/srv/share/{folder}', exist_ok=True)
    for n in range(20):
        with open(f'/srv/share/{folder}/{n}.{ending}', 'w') as file:
            file.write('a letter to somebody, line %d\n' % n * 300)
PY
sleep 1
python3 - <<'PY'
import os
for folder in ('docs', 'pictures', 'mail'):
    for name in sorted(os.listdir(f'/srv/share/{folder}')):
        path = f'/srv/share/{folder}/{name}'
        with open(path, 'r+b') as file:
            size = len(file.read())
            file.seek(0)
            file.write(os.urandom(size))
        os.rename(path, path + '.locked')
PY
sleep 1
