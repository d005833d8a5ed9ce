import { expect, test } from "vitest";
import { firstNameOf } from "../../src/language/first-name.ts";
import { doubtfulNames, firstNames } from "../../src/language/first-names.ts";

test.each([
  ["Анна", "Анна"],
  ["АННА", "Анна"],
  ["  семён ", "Семён"],
  ["Алена", "Алена"],
  ["Саша", "Саша"],
  ["анна-мария", "Анна-Мария"],
  ["Иванова Анна Петровна", "Анна"],
  ["ИВАНОВ ПЁТР СЕРГЕЕВИЧ", "Пётр"],
  ["Анна Петровна", "Анна"],
  ["Анна Петровна Иванова", "Анна"],
  ["Илья Ильич", "Илья"],
  ["Магомедов Магомед Магомедович", "Магомед"],
  ["Кадырова Зулайхат Магомедовна", "Зулайхат"],
  ["Алиев Рашид Вели оглы", "Рашид"],
  ["Анна Иванова", "Анна"],
  ["Иванова Анна", "Анна"],
  ["Иванова, Анна", "Анна"],
  ["Ким Анна", "Анна"],
  ["Абрамович Анна", "Анна"],
  ["Роман Павлович", "Роман"],
  ["Роман Петров", "Роман"],
  ["Петров Роман", "Роман"],
  ["Анна И.", "Анна"],
  ["анна и", "Анна"],
  ["Иванова Анна П.", "Анна"],
])("greets %j by %j", (stored, name) => {
  expect(firstNameOf(stored)).toBe(name);
});

test.each([
  null,
  "",
  "   ",
  "Иванова",
  "Иванова А. П.",
  "Иванова А.П.",
  "Петровна",
  "Иванова Петровна",
  "Ким В.",
  "Герман Зулайхат",
  "Роман Гусь",
  "Мария Роман",
  "Анна Мария",
  "Слава России",
  "Золотая Роза",
  "Покупатель",
  "Клиент Wildberries",
  "Anna",
  "Aнна", // the first letter is Latin
  "Анна1985",
  "anna_2000",
  "Анна 🌸",
  "ИП Иванов Иван",
  "Анна и Пётр Ивановы из Твери",
  "\ud800",
  "А".repeat(5000),
])("does not guess at %j", (stored) => {
  expect(firstNameOf(stored)).toBeNull();
});

test("knows the common names, in small letters and with е for ё", () => {
  expect(firstNames.size).toBeGreaterThan(250);
  for (const name of [...firstNames, ...doubtfulNames]) expect(name).toMatch(/^[а-еж-я]+$/u);
  expect([...doubtfulNames].filter((name) => !firstNames.has(name))).toEqual([]);
});
