/** The clocks of log writers: each gives the time of a line as that program writes it, in local time. */
export type LogClock = (timeSec: number) => string;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 22 23:40:01`, as syslog daemons write it. */
export function syslogTime(): LogClock {
  return eachSecond((date) => {
    const day = String(date.getDate()).padStart(2, ' ');
    return `${months[date.getMonth()]} ${day} ${clockTime(date)}`;
  });
}

/** `22/Nov/2026:23:40:01 +0000`, as web servers write it into access logs. */
export function accessTime(): LogClock {
  return eachSecond((date) => {
    const day = `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}`;
    return `${day}:${clockTime(date)} ${zone(date)}`;
  });
}

/** `2026/11/22 23:40:01`, as nginx writes it into its error log. */
export function nginxTime(): LogClock {
  return eachSecond((date) => {
    const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
    return `${day} ${clockTime(date)}`;
  });
}

/** Many lines have the same second: a date is put together once for each. */
function eachSecond(format: (date: Date) => string): LogClock {
  let knownSec = Number.NaN;
  let text = '';
  return (timeSec) => {
    const second = Math.floor(timeSec);
    if (second !== knownSec) {
      knownSec = second;
      text = format(new Date(second * 1000));
    }
    return text;
  };
}

function clockTime(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
