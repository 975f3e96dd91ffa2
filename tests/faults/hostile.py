#!/usr/bin/env python3
"""Makes files that are hostile to whoever reads them, the same ones every time, and says what must come of each.

usage: hostile.py FOLDER
Prints for each file its name, a tab, the verdict, a tab, and how many records of it count. The verdict is `read` (status 0, nothing is said)
or the reason that its refusal or first skipped part is named with (status 1). Nothing here is random, and no file is anybody else's."""
import bz2
import functools
import gzip
import lzma
import os
import struct
import sys
import zlib

GOOD = b'Published March 2015\nA serious case review of child A, who was neglected.\n'


def put(name, data, verdict, records=None):
    with open(os.path.join(sys.argv[1], name), 'wb') as f:
        f.write(data)
    if records is None:
        records = 1 if verdict == 'read' else 0
    print(name, verdict, records, sep='\t')


# ---- zip, field by field, so that each can lie ----


def local(name, data, method=0, crc=None, size=None, packed=None, flags=0):
    """A local header with its data, and what the directory should say of it: flags, method, CRC, packed and decoded size."""
    body = data
    if method == 8:
        c = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = c.compress(data) + c.flush()
    crc = zlib.crc32(data) if crc is None else crc
    size = len(data) if size is None else size
    packed = len(body) if packed is None else packed
    head = struct.pack('<IHHHHHIIIHH', 0x04034b50, 20, flags, method, 0, 0x21, crc, packed, size, len(name), 0)
    return head + name + body, (flags, method, crc, packed, size)


def central(name, about, offset, extra=b'', attributes=0o100644 << 16, disk=0):
    """A record of the directory."""
    return struct.pack('<IHHHHHHIIIHHHHHII', 0x02014b50, 0x0314, 20, about[0], about[1], 0, 0x21, *about[2:], len(name), len(extra), 0, disk, 0,
                       attributes, offset) + name + extra


def end(count, size, offset):
    return struct.pack('<IHHHHIIH', 0x06054b50, 0, 0, count, count, size, offset, 0)


def zip_of(*entries):
    """Entries are (name, data, options of local()); the option central holds those of central(), and about and offset in place of the true ones."""
    body = directory = b''
    for name, data, options in entries:
        options = dict(options)
        lies = dict(options.pop('central', {}))
        piece, about = local(name, data, **options)
        directory += central(name, lies.pop('about', about), lies.pop('offset', len(body)), **lies)
        body += piece
    return body + directory + end(len(entries), len(directory), len(body))


def one(**options):
    return zip_of((b'a.txt', GOOD, options))


def zips():
    whole = one()
    about = local(b'a.txt', GOOD)[1]
    put('zip-good.zip', one(method=8), 'read')
    put('zip-empty.zip', end(0, 0, 0), 'read', 0)
    names = [b'../../etc/x.txt', b'/abs.txt', b'C:\\x.txt', b'nul\0name.txt', b'\xff\xfe.txt', b'a' * 4000 + b'.txt', b'..', b'.txt', b'con', b'a//b.txt', b'a\nb.txt']
    put('zip-names.zip', zip_of(*((n, GOOD + b'%d' % i * (i + 1) + b'\n', {}) for i, n in enumerate(names))), 'read', len(names))
    put('zip-name-empty.zip', zip_of((b'', GOOD, {})), 'read')
    put('zip-name-65535.zip', zip_of((b'n' * 65535, GOOD, {})), 'limit')
    put('zip-same-names.zip', zip_of((b'a.txt', GOOD, {}), (b'a.txt', GOOD + b'again\n', {})), 'read', 2)
    put('zip-crc.zip', one(crc=1), 'checksum')
    put('zip-size-huge.zip', one(size=0xFFFFFFFE, method=8), 'checksum')
    put('zip-size-zero.zip', one(size=0, method=8), 'checksum')
    put('zip-packed-huge.zip', one(packed=0x7FFFFFFF), 'corrupt')
    put('zip-method-99.zip', one(central={'about': (0, 99, *about[2:])}), 'corrupt')
    put('zip-encrypted.zip', one(flags=1), 'encrypted')
    put('zip-strong-encryption.zip', one(flags=0x41), 'encrypted')
    put('zip-patched.zip', one(flags=0x20), 'unsupported')
    put('zip-symlink.zip', zip_of((b'a.txt', b'/etc/passwd', {'central': {'attributes': 0o120777 << 16}})), 'unsupported')
    put('zip-offset-past.zip', one(central={'offset': 0x7FFFFFFF}), 'corrupt')
    put('zip-offset-inside.zip', one(central={'offset': 5}), 'corrupt')
    put('zip-disk.zip', one(central={'disk': 7}), 'corrupt')
    put('zip-count-more.zip', whole[:-22] + end(2, 51, 35 + len(GOOD)), 'corrupt')
    put('zip-count-less.zip', zip_of((b'a.txt', GOOD, {}), (b'b.txt', GOOD, {}))[:-22] + end(1, 102, 2 * (35 + len(GOOD))), 'corrupt')
    put('zip-prefix.zip', b'MZ' + b'\0' * 510 + whole, 'mislabelled')
    put('zip-suffix.zip', whole + b'tail', 'trailing')
    put('zip-comment-lies.zip', whole[:-2] + b'\xff\xff', 'trailing')
    put('zip-comment-end-record.zip', whole[:-2] + struct.pack('<H', 22) + end(0, 0, 0), 'corrupt')
    for cut in (1, 4, 22, 23, 60, len(whole) // 2):
        put(f'zip-cut-{cut}.zip', whole[:-cut], 'truncated')
    zips_of_64_bits(about)
    zips_that_overlap()
    put('zip-bomb.zip', zip_of((b'a.txt', b'0' * 90000000, {'method': 8})), 'limit')
    nest = GOOD
    for i in range(6):
        nest = zip_of((b'%d.zip' % i if i else b'a.txt', nest, {'method': 8}))
    put('zip-in-zip-6.zip', nest, 'limit')


def zips_of_64_bits(about):
    extras = {'short': struct.pack('<HHI', 1, 4, 5), 'huge': struct.pack('<HHQQ', 1, 16, 1 << 62, 1 << 62), 'overrun': struct.pack('<HH', 1, 60000),
              'negative': struct.pack('<HHQQ', 1, 16, (1 << 64) - 1, (1 << 64) - 1)}
    for label, extra in extras.items():
        put(f'zip64-{label}.zip', one(central={'about': (*about[:3], 0xFFFFFFFF, 0xFFFFFFFF), 'extra': extra}), 'corrupt')
    body = local(b'a.txt', GOOD)[0]
    directory = central(b'a.txt', about, 0)
    at = len(body) + len(directory)
    last = end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)

    def locator(disk, offset, disks):
        return struct.pack('<IIQI', 0x07064b50, disk, offset, disks)

    put('zip64-locator-loop.zip', body + directory + locator(0, at, 1) + last, 'corrupt')
    put('zip64-locator-past.zip', body + directory + locator(0, 1 << 63, 1) + last, 'corrupt')
    put('zip64-locator-disks.zip', body + directory + locator(9, 0, 9) + last, 'unsupported')
    record = struct.pack('<IQHHIIQQQQ', 0x06064b50, 44, 45, 45, 0, 0, 1 << 60, 1 << 60, len(directory), len(body))
    put('zip64-count-2-60.zip', body + directory + record + locator(0, at, 1) + last, 'limit')


def zips_that_overlap():
    """Many entries over the same bytes: one body for all, and local headers that are part of the data of the entry before."""
    kernel, about = local(b'00000', b'a' * 2000000, method=8)
    directory = b''.join(central(b'%05d' % i, about, 0) for i in range(5000))
    put('zip-one-kernel.zip', kernel + directory + end(5000, len(directory), len(kernel)), 'corrupt')
    body, offsets = b'', []
    for i in range(200):
        head = struct.pack('<IHHHHHIIIHH', 0x04034b50, 20, 0, 8, 0, 0x21, 0, 0, 0, 5, 0) + b'%05d' % i
        offsets.append(len(body))
        body += b'\0' + struct.pack('<HH', len(head), len(head) ^ 0xFFFF) + head if i else head
    body += kernel[35:]
    directory = b''.join(central(b'%05d' % i, (0, 8, about[2], len(body) - o - 35, 1 << 30), o) for i, o in enumerate(offsets))
    put('zip-quoted-kernel.zip', body + directory + end(200, len(directory), len(body)), 'corrupt')


# ---- gzip, bzip2, xz, zstd ----


def gzips():
    g = gzip.compress(GOOD, mtime=0)
    flags, body = g[:3], g[10:]

    def with_header(flag, field):
        return flags + flag + g[4:10] + field + body

    put('gz-good.txt.gz', g, 'read')
    put('gz-name-huge.txt.gz', with_header(b'\x08', b'n' * 5000000 + b'\0'), 'read')
    put('gz-name-open.txt.gz', flags + b'\x08' + g[4:10] + b'n' * 5000000, 'truncated')
    put('gz-comment-huge.txt.gz', with_header(b'\x10', b'c' * 5000000 + b'\0'), 'read')
    put('gz-extra-65535.txt.gz', with_header(b'\x04', struct.pack('<H', 65535) + b'e' * 65535), 'read')
    put('gz-extra-cut.txt.gz', flags + b'\x04' + g[4:10] + struct.pack('<H', 65535) + b'e' * 60, 'truncated')
    put('gz-header-crc.txt.gz', with_header(b'\x02', b'\0\0'), 'checksum')
    put('gz-reserved-flags.txt.gz', with_header(b'\xe0', b''), 'corrupt')
    put('gz-method-7.txt.gz', g[:2] + b'\x07' + g[3:], 'unsupported')
    put('gz-crc.txt.gz', g[:-8] + b'\0\0\0\0' + g[-4:], 'checksum')
    put('gz-length.txt.gz', g[:-4] + b'\xff\xff\xff\xff', 'checksum')
    put('gz-cut-trailer.txt.gz', g[:-3], 'truncated')
    put('gz-zeros-after.txt.gz', g + b'\0' * 512, 'read')
    put('gz-junk-after.txt.gz', g + b'junk', 'trailing')
    put('gz-100000-empty-members.txt.gz', gzip.compress(b'', mtime=0) * 100000 + g, 'read')
    put('gz-50000-members.txt.gz', b''.join(gzip.compress(b'child %d was neglected\n' % i, 1, mtime=0) for i in range(50000)), 'read')
    put('gz-bomb.txt.gz', gzip.compress(b'\n' * 300000000, 1, mtime=0), 'limit')
    put('gz-deflate-reserved-block.txt.gz', g[:10] + b'\x07' + g[11:], 'corrupt')
    put('gz-deflate-stored-length.txt.gz', g[:10] + b'\x01\x05\x00\x00\x00hello' + g[-8:], 'corrupt')
    put('gz-deflate-far-distance.txt.gz', g[:10] + b'\x4b\x04\x13\x00' + g[-8:], 'corrupt')
    put('gz-in-gz-3.txt.gz.gz.gz', gzip.compress(gzip.compress(g, mtime=0), mtime=0), 'limit')


def other_codecs():
    b = bz2.compress(GOOD)
    put('bz2-good.txt.bz2', b, 'read')
    put('bz2-cut.txt.bz2', b[:-3], 'truncated')
    put('bz2-crc.txt.bz2', b[:11] + bytes([b[11] ^ 1]) + b[12:], 'corrupt')
    put('bz2-level-0.txt.bz2', b[:3] + b'0' + b[4:], 'mislabelled')
    put('bz2-10000-empty.txt.bz2', bz2.compress(b'') * 10000 + b, 'read')
    put('bz2-bomb.txt.bz2', bz2.compress(b'a' * 90000000), 'limit')
    x = lzma.compress(GOOD)
    put('xz-good.txt.xz', x, 'read')
    put('xz-cut.txt.xz', x[:-3], 'truncated')
    put('xz-flags.txt.xz', x[:7] + b'\xff' + x[8:], 'corrupt')
    put('xz-index.txt.xz', x[:-20] + bytes([x[-20] ^ 1]) + x[-19:], 'corrupt')
    put('xz-padding-3.txt.xz', x + b'\0\0\0', 'trailing')
    put('xz-padding-4.txt.xz', x + b'\0\0\0\0', 'read')
    put('xz-level-9.txt.xz', lzma.compress(GOOD, preset=9), 'read')
    put('xz-bomb.txt.xz', lzma.compress(b'a' * 90000000, preset=0), 'limit')
    put('xz-lzma.txt.xz', lzma.compress(GOOD, format=lzma.FORMAT_ALONE), 'mislabelled')
    magic = b'\x28\xb5\x2f\xfd'

    def block(length, kind, last=0):
        return struct.pack('<I', length << 3 | kind << 1 | last)[:3]

    put('zst-magic-only.txt.zst', magic, 'truncated')
    put('zst-skippable-lies.txt.zst', struct.pack('<II', 0x184D2A50, 0xFFFFFFFF) + b'x', 'truncated')
    put('zst-skippable-10000.txt.zst', struct.pack('<II', 0x184D2A50, 0) * 10000, 'read', 0)
    put('zst-window-huge.txt.zst', magic + b'\x00\xf8' + block(0, 0, 1), 'limit')
    put('zst-raw-block.txt.zst', magic + b'\x00\x58' + block(len(GOOD), 0, 1) + GOOD, 'read')
    put('zst-bomb.txt.zst', magic + b'\x00\x58' + (block(131072, 1) + b'a') * 2001 + block(1, 1, 1) + b'a', 'limit')
    put('zst-content-size-lies.txt.zst', magic + b'\xe0' + struct.pack('<Q', 1 << 62) + block(len(GOOD), 0, 1) + GOOD, 'limit')


# ---- tar, the same way ----


def header(name=b'a.txt', size=len(GOOD), kind=b'0', magic=b'ustar\x0000', link=b'', prefix=b'', checksum=None):
    """size: a number, or the twelve bytes of its field."""
    h = bytearray(512)

    def field(at, value):
        h[at:at + len(value)] = value

    field(0, name)
    field(100, b'0000644\0' + b'0000000\0' * 2)
    field(124, b'%011o\0' % size if isinstance(size, int) else size)
    field(136, b'%011o\0' % 1420070400)
    field(148, b' ' * 8 + kind + link)
    field(257, magic)
    field(345, prefix)
    field(148, checksum or b'%06o\0 ' % sum(h))
    return bytes(h)


def padded(data):
    return data + b'\0' * (-len(data) % 512)


MARK = b'\0' * 1024
GNU = b'ustar  \0'


def tar_of(*pieces):
    return b''.join(pieces) + MARK


def record(key, value):
    """A record of an extended header, which begins with its own length."""
    length = len(key) + len(value) + 3
    while len(line := b'%d %s=%s\n' % (length, key, value)) != length:
        length = len(line)
    return line


def extended(data, kind=b'x'):
    return header(b'pax', len(data), kind) + padded(data)


def tars():
    entry = header() + padded(GOOD)
    whole = tar_of(entry)
    put('tar-good.tar', whole, 'read')
    sizes = {'octal-max': (b'77777777777\0', 'truncated'), 'base256-max': (b'\x80' + b'\xff' * 11, 'corrupt'), 'negative': (b'\xff' * 12, 'corrupt'),
             'minus-octal': (b'-0000000077\0', 'corrupt'), '2-63': (b'\x80\0\0\0' + struct.pack('>Q', 1 << 63), 'truncated'), 'words': (b'neglected!!\0', 'corrupt')}
    for label, (size, verdict) in sizes.items():
        put(f'tar-size-{label}.tar', tar_of(header(size=size), padded(GOOD)), verdict)
    put('tar-size-empty.tar', tar_of(header(size=b'\0' * 12)), 'read', 0)
    put('tar-checksum.tar', tar_of(header(checksum=b'000000\0 '), padded(GOOD)), 'mislabelled')
    put('tar-no-mark.tar', entry, 'truncated')
    put('tar-half-mark.tar', entry + b'\0' * 512, 'truncated')
    put('tar-cut.tar', whole[:600], 'truncated')
    put('tar-cut-header.tar', whole[:300], 'truncated')
    put('tar-symlink.tar', tar_of(header(kind=b'2', size=0, link=b'/etc/passwd')), 'unsupported')
    put('tar-hardlink.tar', tar_of(entry, header(b'b.txt', 0, b'1', link=b'a.txt')), 'unsupported', 1)
    put('tar-hardlink-size.tar', tar_of(entry, header(b'b.txt', kind=b'1', link=b'a.txt'), padded(GOOD)), 'corrupt')
    put('tar-device.tar', tar_of(header(kind=b'3', size=0)), 'unsupported')
    put('tar-traversal.tar', tar_of(header(b'../../../etc/cron.d/x.txt'), padded(GOOD)), 'read')
    put('tar-name-unended.tar', tar_of(header(b'n' * 100, prefix=b'p' * 155), padded(GOOD)), 'read')
    put('tar-name-none.tar', tar_of(header(b''), padded(GOOD)), 'mislabelled')
    put('tar-gnu-sparse.tar', tar_of(header(kind=b'S', magic=GNU), padded(GOOD)), 'unsupported')
    put('tar-multivolume.tar', tar_of(header(kind=b'M', magic=GNU), padded(GOOD)), 'unsupported')
    put('tar-unknown-kind.tar', tar_of(header(kind=b'~'), padded(GOOD)), 'unsupported')
    put('tar-100000-folders.tar', tar_of(*(header(b'd%d/' % i, 0, b'5') for i in range(100000)), entry), 'read')
    put('tar-in-tar-5.tar', functools.reduce(lambda t, i: tar_of(header(b'%d.tar' % i, len(t)), padded(t)), range(5), whole), 'limit')
    put('tar-junk.tar', b'\xa5' * 10240, 'mislabelled')
    put('tar-mark-first.tar', MARK + whole, 'trailing')

    def after(name, verdict, *pieces):
        put(f'tar-{name}.tar', b''.join(pieces) + whole, verdict)

    after('pax-path', 'read', extended(record(b'path', b'long/' * 50 + b'a.txt')))
    after('pax-path-nul', 'read', extended(record(b'path', b'a\0b.txt')))
    after('pax-path-huge', 'limit', extended(record(b'path', b'p' * 3000000)))
    after('pax-charset', 'read', extended(record(b'hdrcharset', b'BINARY') + record(b'path', b'\xff\xfe.txt')))
    wrong = {'giant-record': b'99999999999999999999 path=a\n', 'length-zero': b'0 path=a\n' * 10, 'length-negative': b'-5 path=a\n', 'no-equals': b'9 pathxa\n',
             'no-newline': b'9 path=aa', 'size-negative': record(b'size', b'-1'), 'size-words': record(b'size', b'12x')}
    for label, data in wrong.items():
        after(f'pax-{label}', 'corrupt', extended(data))
    after('pax-size-huge', 'truncated', extended(record(b'size', b'9223372036854775807')))
    after('pax-global-size', 'corrupt', extended(record(b'size', b'1'), b'g'))
    after('pax-100000-records', 'limit', extended(record(b'comment', b'c') * 100000))
    after('pax-1000', 'read', extended(record(b'path', b'a.txt')) * 1000)
    put('tar-pax-alone.tar', tar_of(extended(record(b'path', b'a.txt'))), 'corrupt')
    after('pax-sparse-1.0', 'unsupported', extended(record(b'GNU.sparse.major', b'1') + record(b'GNU.sparse.minor', b'0') + record(b'GNU.sparse.realsize', b'99999999999')))
    after('pax-sparse-0.0', 'unsupported', extended(record(b'GNU.sparse.size', b'99') + record(b'GNU.sparse.numblocks', b'1')))
    after('gnu-long-name-huge', 'limit', header(b'././@LongLink', 3000000, b'L', GNU), padded(b'n' * 3000000))
    after('gnu-long-name-lies', 'limit', header(b'././@LongLink', b'77777777777\0', b'L', GNU))


# ---- records ----


def json_files():
    def array(name, inside, *verdict):
        put(f'json-{name}.json', b'[{"text":"neglect' + inside, *verdict)

    put('json-nested-arrays.json', b'[' * 200000, 'limit')
    put('json-nested-objects.json', b'{"a":' * 200000, 'limit')
    put('json-nested-closed.json', b'[' * 100000 + b']' * 100000, 'limit')
    array('number-long', b'","n":' + b'9' * 1000000 + b'}]', 'read')
    array('exponent', b'","date":1e999999999}]', 'read')
    array('surrogates', b' \\ud800 \\udc00\\ud800 \\u0000"}]', 'record')
    array('escapes', b' ' + b'\\u00e9' * 300000 + b'"}]', 'read')
    put('json-mark.json', b'\xef\xbb\xbf[{"text":"neglect"}]', 'read')
    put('json-utf-16.json', '\ufeff[{"text":"neglect"}]'.encode('utf-16-le'), 'record')
    array('invalid-utf-8', b' \xff\xc0\x80\xed\xa0\x80"}]', 'record')
    array('same-key', b'","text":"neglect"}]', 'record')
    array('200000-keys', b'",' + b','.join(b'"k%d":1' % i for i in range(200000)) + b'}]', 'read')
    array('trailing-comma', b'"},]', 'record', 1)
    array('comment', b'"}/* */]', 'record', 1)
    array('unclosed-string', b' neglect' * 200000, 'record')
    array('control', b'\x01\n"}]', 'record')
    array('nul', b'\0"}]', 'record')
    array('two-arrays', b'"}][{"text":"abuse"}]', 'read', 2)
    put('json-empty.json', b'', 'read', 0)
    put('json-half-a-word.json', b'nul', 'record')
    good = b'{"text":"child A was neglected"}\n'
    put('jsonl-mixed.jsonl', good + b'not json\n{"text":5}\n{"text":null}\n[]\n\n' + good.replace(b'A', b'B'), 'record', 2)
    put('jsonl-one-line-of-72-mb.jsonl', b'{"text":"' + b'neglect ' * 9000000, 'limit')
    put('jsonl-nested.jsonl', b'{"a":' * 100000 + b'1' + b'}' * 100000 + b'\n' + good, 'limit', 1)
    put('jsonl-300000-empty.jsonl', b'{}\n' * 300000, 'record')
    put('jsonl-old-line-ends.jsonl', b'{"text":"a child"}\r{"text":"neglect"}\r', 'record')


def csv_files():
    put('csv-unclosed-quote.csv', b'text,date\n"' + b'neglect, ' * 8000000, 'limit')
    put('csv-unclosed-late.csv', b'text,date\n' + b'a child was neglected,2015\n' * 1000 + b'"neglect\n' + b'x,2\n' * 100000, 'record', 1000)
    put('csv-nul.csv', b'text,date\nneg\0lect,2015\nneglect of child B,2015\n', 'not-text', 1)
    put('csv-100000-columns.csv', b'text' + b',c' * 100000 + b'\nneglect' + b',1' * 100000 + b'\n', 'read')
    put('csv-quotes.csv', b'text\n' + b'"' * 1000001 + b'\n', 'record')
    put('csv-quote-in-field.csv', b'text,date\nneg"lect,2015\n"neg"lect",2015\n', 'record', 1)
    put('csv-too-many-fields.csv', b'text\n' + b',' * 2000000 + b'\n', 'record')
    put('csv-blank.csv', b'\n\n\n', 'read', 0)
    put('csv-no-text.csv', b'a,b\n1,2\n', 'record')
    put('csv-old-line-ends.csv', b'text,date\rneglect,2015\r', 'record')
    put('csv-utf-16.csv', '\ufefftext,date\nneglect,2015\n'.encode('utf-16-le'), 'unsupported')
    put('csv-formula.csv', b'text,id\n=cmd|\' /C calc\'!A0 neglect,=1+1\n', 'read')


# ---- texts ----


def texts():
    def text(name, data, *verdict):
        put(f'text-{name}.txt', GOOD + (data if isinstance(data, bytes) else data.encode()) + b'\n', *(verdict or ('read',)))

    text('overlong', b'\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf\xf8\x80\x80\x80\xaf\xfc\x80\x80\x80\x80\xaf\xc1\xbf\xe0\x9f\xbf')
    text('surrogates', b'\xed\xa0\x80\xed\xbf\xbf\xed\xaf\xbf\xed\xbf\xbf')
    text('edges', b'\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\xf4\x90\x80\x80\xf7\xbf\xbf\xbf')
    text('continuations', bytes(range(0x80, 0xc0)) * 100)
    text('leads-alone', b' '.join(bytes([c]) for c in range(0xc0, 0x100)))
    text('non-characters', '\ufffe\uffff\U0001fffe\U0010ffff\ufdd0')
    text('combining', 'e' + '\u0301' * 200000)
    text('zero-width', 'n\u200be\u200cg\u200dlect\ufeff ' * 50000)
    text('right-to-left', '\u202eneglect\u202c \u2066x\u2069 ' * 50000)
    text('mojibake', 'Ã¢â‚¬â„¢' * 400000)
    for name, unit in (('one-word', 'neglect'), ('hyphens', 'a-'), ('apostrophes', "o'"), ('line-ends', '\n'), ('carriage-returns', '\r'), ('spaces', ' '), ('tabs', 'a\t'),
                       ('stops', '. '), ('dates', '12 March 2015 '), ('years', '2015 '), ('one-phrase', 'neglect of the child '), ('lines-of-one', 'n\n')):
        text(f'8-mb-of-{name}', unit * (8000000 // len(unit)))
    put('text-100000-headings.txt', b'Serious Case Review: Child A\nPublished: March 2015\n' * 100000, 'read', 100000)
    put('text-utf-16-odd.txt', '\ufeffA child was neglected.\n'.encode('utf-16-le') + b'A', 'read')
    put('text-utf-16-surrogates.txt', '\ufeffneglect '.encode('utf-16-le') + b'\x00\xd8' * 1000 + b'\n\0', 'not-text')
    put('text-utf-32.txt', '\ufeffA child was neglected.\n'.encode('utf-32-le'), 'not-text')
    parts = b''.join(b'Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n' % (i, i) for i in range(20000))
    put('mail-nested.eml', b'From: a@example.invalid\nMIME-Version: 1.0\n' + parts + GOOD, 'read')
    put('mail-box.mbox', (b'From a@example.invalid Thu Jan  1 00:00:00 2015\nSubject: neglect\n\n' + GOOD + b'\n') * 20000, 'read')


# ---- what goes through a converter ----


def pages():
    def html(name, body, *verdict):
        put(f'html-{name}.html', b'<html><body>' + body, *verdict)

    html('attributes', b'<p ' + b' '.join(b'a%d=1' % i for i in range(200000)) + b'>neglect</p></body></html>', 'limit')
    html('end-tags', b'neglect' + b'<b>' * 200000 + b'</i>' * 200000, 'limit')
    html('entities', b'&nbsp;&#x110000;&#99999999999;&NotEqualTilde;&amp' * 100000 + b'</body></html>', 'read')
    html('nul', b'neg\0lect</body></html>', 'read')
    html('tables', b'<table><tr><td>neglect' * 50000, 'read')
    entities = b'<!ENTITY a "neglect">' + b''.join(b'<!ENTITY %c "%s">' % (98 + i, (b'&%c;' % (97 + i)) * 10) for i in range(9))
    put('html-laughs.html', b'<?xml version="1.0"?><!DOCTYPE l [' + entities + b']><html><body>&j;</body></html>', 'read')

    def pdf(name, body, verdict):
        put(f'pdf-{name}.pdf', b'%PDF-1.7\n' + body, verdict)

    catalogue = b'1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n'
    pdf('header-only', b'', 'truncated')
    pdf('no-table', catalogue + b'trailer<</Root 1 0 R>>\n%%EOF\n', 'converter')
    pdf('loop', catalogue + b'2 0 obj<</Type/Pages/Kids[2 0 R]/Count 99999999>>endobj\ntrailer<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF\n', 'converter')
    pdf('length-lies', catalogue + b'2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n'
        b'4 0 obj<</Length 4 0 R/Filter[' + b'/FlateDecode' * 10000 + b']>>stream\nxx\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF', 'corrupt')
    pdf('nested-arrays', b'1 0 obj' + b'[' * 500000 + b'\ntrailer<</Root 1 0 R>>\n%%EOF', 'corrupt')


def office():
    def docx(name, inside, verdict, before=b''):
        document = before + b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>' + inside + b'</w:body></w:document>'
        put(f'docx-{name}.docx', zip_of((b'[Content_Types].xml', b'<Types/>', {}), (b'word/document.xml', document, {'method': 8})), verdict)

    docx('attributes', b'<w:p ' + b' '.join(b'a%d="1"' % i for i in range(200000)) + b'/>', 'limit')
    docx('laughs', b'<w:p><w:r><w:t>&b;</w:t></w:r></w:p>', 'corrupt', b'<!DOCTYPE l [<!ENTITY a "neglect"><!ENTITY b "' + b'&a;' * 10 + b'">]>')
    docx('deep', b'<w:p>' * 100000, 'corrupt')
    spaces = (b'<w:p ' + b' '.join(b'xmlns:n%d_%d="urn:%d"' % (depth, i, i) for i in range(900)) + b'>' for depth in range(250))
    docx('name-spaces', b''.join(spaces) + b'<w:r><w:t>x</w:t></w:r>' * 100000, 'limit')
    docx('bomb', b'<w:p><w:r><w:t>' + b'a' * 90000000 + b'</w:t></w:r></w:p>', 'limit')
    put('docx-not-xml.docx', zip_of((b'[Content_Types].xml', b'<Types/>', {}), (b'word/document.xml', b'\0' * 1000, {})), 'corrupt')
    kind = (b'mimetype', b'application/vnd.oasis.opendocument.text', {})
    put('odt-no-content.odt', zip_of(kind), 'corrupt')
    content = (b'<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
               b'<office:body><office:text><text:p>a<text:s text:c="2000000000"/>b</text:p></office:text></office:body></office:document-content>')
    put('odt-spaces.odt', zip_of(kind, (b'content.xml', content, {'method': 8})), 'read')


os.makedirs(sys.argv[1], exist_ok=True)
for make in (zips, gzips, other_codecs, tars, json_files, csv_files, texts, pages, office):
    make()
