/**
 * Mail providers where anybody can get an address, so their domains never belong to one company.
 *
 * Kept by hand. A domain belongs here if strangers can share it and large numbers of people do. Throw-away addresses do
 * not: nobody connects a calendar of theirs. Microsoft, Yahoo, GMX and Yandex have an ending for practically every
 * country, so a pattern matches their families. The lists on npm were looked at in November 2026 (free-email-domains
 * 1.12.6, email-providers 2.26.0): they lack 37 and 56 of these 196, hey.com and tuta.com among them, and hold
 * facebook.com.
 */
const families =
  /^(hotmail|outlook|live|windowslive|yahoo|ymail|gmx|yandex)\.(com|net|org|eu|co|[a-z]{2}|com?\.[a-z]{2})$/

const domains = [
  // Google, Apple, Microsoft, Yahoo and AOL beyond the families
  'gmail.com googlemail.com icloud.com me.com mac.com msn.com passport.com rocketmail.com myyahoo.com aol.com aim.com',
  'aol.co.uk aol.de aol.fr aol.it verizon.net',
  // Privacy providers
  'proton.me protonmail.com protonmail.ch pm.me tuta.com tuta.io tutanota.com tutanota.de tutamail.com keemail.me',
  'mailbox.org posteo.de posteo.net mailfence.com hushmail.com runbox.com startmail.com disroot.org riseup.net',
  'duck.com simplelogin.com fastmail.com fastmail.fm hey.com zoho.com zohomail.com zohomail.eu zohomail.in',
  // mail.com and its siblings with many users
  'mail.com email.com usa.com post.com europe.com myself.com consultant.com engineer.com inbox.com lycos.com',
  // Germany, Austria, Switzerland
  'web.de t-online.de freenet.de arcor.de email.de mail.de online.de vodafone.de aon.at chello.at bluewin.ch hispeed.ch',
  // France, Belgium, Netherlands
  'orange.fr wanadoo.fr free.fr laposte.net sfr.fr neuf.fr bbox.fr numericable.fr skynet.be telenet.be proximus.be',
  'ziggo.nl kpnmail.nl planet.nl hetnet.nl home.nl xs4all.nl',
  // Italy, Spain, Portugal
  'libero.it virgilio.it tiscali.it alice.it tin.it tim.it inwind.it iol.it fastwebnet.it telefonica.net sapo.pt',
  // United Kingdom, Ireland
  'btinternet.com virginmedia.com sky.com talktalk.net ntlworld.com blueyonder.co.uk tiscali.co.uk eircom.net',
  // North and east of Europe
  'telia.com spray.se online.no broadpark.no mail.dk jubii.dk luukku.com kolumbus.fi inbox.lv mail.ee',
  'seznam.cz email.cz centrum.cz post.cz azet.sk zoznam.sk centrum.sk freemail.hu citromail.hu wp.pl onet.pl o2.pl',
  'interia.pl interia.eu op.pl poczta.fm tlen.pl abv.bg mail.bg',
  'mail.ru bk.ru list.ru inbox.ru internet.ru ya.ru rambler.ru ukr.net i.ua meta.ua',
  // Americas
  'comcast.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net juno.com optonline.net',
  'rogers.com shaw.ca sympatico.ca telus.net videotron.ca bell.net uol.com.br bol.com.br terra.com.br ig.com.br',
  'globo.com prodigy.net.mx',
  // Asia, Pacific, Middle East, Africa
  'qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn aliyun.com tom.com',
  'naver.com hanmail.net daum.net kakao.com nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp nifty.com',
  'rediffmail.com sify.com indiatimes.com pchome.com.tw hinet.net',
  'bigpond.com bigpond.net.au optusnet.com.au iinet.net.au xtra.co.nz walla.co.il walla.com mweb.co.za',
]

const listed: ReadonlySet<string> = new Set(domains.flatMap((line) => line.split(' ')))

/** Whether an address in this domain says nothing about where its owner works. */
export function isFreeMail(domain: string): boolean {
  return listed.has(domain) || families.test(domain)
}
