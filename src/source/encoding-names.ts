/** Python's names of encodings, lower case with `_` for all punctuation, beside the WHATWG label that is the same encoding. */
const labels: Readonly<Record<string, string>> = {
  'utf-8': 'utf_8 utf8 u8 utf cp65001 utf8_ucs2 utf8_ucs4',
  ascii:
    'ascii us_ascii us 646 iso646_us ansi_x3_4_1968 ansi_x3_4_1986 cp367 csascii ibm367 iso_646_irv_1991 iso_ir_6',
  latin1:
    'latin_1 latin1 latin l1 iso_8859_1 iso8859_1 8859 iso8859 cp819 ibm819 csisolatin1 iso_8859_1_1987 iso_ir_100',
  'koi8-r': 'koi8_r cskoi8r',
  'koi8-u': 'koi8_u',
  ibm866: 'cp866 866 ibm866 csibm866',
  'windows-874':
    'cp874 iso8859_11 iso_8859_11 thai tis_620 tis620 tis_620_0 tis_620_2529_0 tis_620_2529_1 iso_ir_166',
  shift_jis:
    'shift_jis shiftjis sjis s_jis csshiftjis x_mac_japanese cp932 932 ms932 mskanji ms_kanji windows_31j',
  'euc-jp': 'euc_jp eucjp ujis u_jis',
  'iso-2022-jp': 'iso2022_jp iso2022jp iso_2022_jp csiso2022jp',
  'euc-kr':
    'euc_kr euckr korean ksc5601 ks_c_5601 ks_c_5601_1987 ksx1001 ks_x_1001 x_mac_korean cp949 949 ms949 uhc',
  gbk: 'gbk cp936 936 ms936 gb2312 chinese csiso58gb231280 euc_cn euccn eucgb2312_cn gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese',
  gb18030: 'gb18030 gb18030_2000',
  big5: 'big5 big5_tw csbig5 x_mac_trad_chinese big5hkscs big5_hkscs hkscs cp950 950 ms950',
  macintosh: 'mac_roman macroman macintosh',
  'x-mac-cyrillic': 'mac_cyrillic maccyrillic',
  'iso-8859-2': 'latin2 l2 iso_ir_101 csisolatin2',
  'iso-8859-3': 'latin3 l3 iso_ir_109 csisolatin3',
  'iso-8859-4': 'latin4 l4 iso_ir_110 csisolatin4',
  'iso-8859-5': 'cyrillic iso_ir_144 csisolatincyrillic',
  'iso-8859-6': 'arabic asmo_708 ecma_114 iso_ir_127 csisolatinarabic',
  'iso-8859-7': 'greek greek8 ecma_118 elot_928 iso_ir_126 csisolatingreek',
  'iso-8859-8': 'hebrew iso_ir_138 csisolatinhebrew',
  'windows-1254': 'latin5 l5 iso_ir_148 csisolatin5 iso8859_9 iso_8859_9',
  'iso-8859-10': 'latin6 l6 iso_ir_157 csisolatin6',
  'iso-8859-13': 'latin7 l7',
  'iso-8859-14': 'latin8 l8 iso_celtic iso_ir_199',
  'iso-8859-15': 'latin9 l9',
  'iso-8859-16': 'latin10 l10 iso_ir_226',
};

/**
 * The label that `TextDecoder` knows an encoding by (or `utf-8`, `ascii`, `latin1`, which mean what they say), given
 * Python's name for it, lower case with `_` for all punctuation; undefined where there may be none.
 */
export function encodingLabel(key: string): string | undefined {
  const undatedKey = key.replace(/^(iso_8859_\d+)_\d{4}$/, '$1');
  for (const [label, names] of Object.entries(labels)) {
    if (names.split(' ').includes(undatedKey)) return label;
  }
  const windows = /^(?:cp|windows_|)(125\d)$/.exec(undatedKey);
  if (windows) return `windows-${windows[1]}`;
  const iso = /^iso_?8859_(\d{1,2})$/.exec(undatedKey);
  return iso ? `iso-8859-${iso[1]}` : undefined;
}
