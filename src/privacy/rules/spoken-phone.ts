import type { Rule } from "../finding.ts";

const ones = "ноль|нуль|один|одна|два|две|три|четыре|пять|шесть|семь|восемь|девять";
const teens = "десять|(?:один|две|три|четыр|пят|шест|сем|восем|девят)надцать";
const tens = "двадцать|тридцать|сорок|пятьдесят|шестьдесят|семьдесят|восемьдесят|девяносто";
const hundreds = "сто|двести|триста|четыреста|пятьсот|шестьсот|семьсот|восемьсот|девятьсот";
const word = `(?:${hundreds}|${tens}|${teens}|${ones})`;
/** Only phones have seven number words in a row. */
const spoken = new RegExp(
  `(?<!\\p{L})(?:плюс[ \\t]+)?${word}(?:[ \\t,.-]{1,3}(?:${word}|[0-9]{1,4})){6,}(?![\\p{L}\\p{N}])`,
  "giu",
);

/** Finds phones in words: «восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь». */
export const spokenPhone: Rule = ({ text }) =>
  [...text.matchAll(spoken)].map((match) => ({
    kind: "phone",
    start: match.index,
    end: match.index + match[0].length,
    key: match[0].toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, " "),
  }));
