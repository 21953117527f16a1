using System.Globalization;

namespace TwoLaptops.Kitchen;

/// <summary>The family's recipe box, as it was before anybody went travelling.</summary>
internal static class RecipeBox
{
    private static readonly string[] Titles =
    [
        "Goulash", "Pancakes", "Apple pie", "Fish soup", "Instant noodles", "Lentil stew", "Potato salad", "Plum dumplings", "Mushroom risotto", "Pea soup",
        "Lemon cake", "Stuffed peppers", "Rye bread", "Cheese spaetzle", "Beetroot salad", "Poppy seed rolls", "Barley soup", "Gingerbread", "Ratatouille",
        "Cabbage rolls", "Onion tart", "Rice pudding", "Tomato sauce", "Walnut biscuits", "Leek gratin", "Bean chili", "Carrot cake", "Dill cucumbers",
        "Semolina porridge", "Roast pumpkin",
    ];

    private static readonly (string Name, string Unit)[] Larder =
    [
        ("flour", "g"), ("butter", "g"), ("eggs", ""), ("milk", "ml"), ("onions", ""), ("salt", "tsp"), ("sugar", "g"), ("paprika", "tsp"), ("potatoes", "g"), ("cream", "ml"),
    ];

    public static string Shelf(Random chance) => Larder[chance.Next(Larder.Length)].Name;

    public static IEnumerable<Recipe> Make(Random chance)
    {
        foreach (var title in Titles)
        {
            var recipe = new Recipe
            {
                Title = title, Serves = chance.Next(2, 7), Minutes = chance.Next(3, 20) * 5, Stars = chance.Next(1, 5),
                Notes = string.Create(CultureInfo.InvariantCulture, $"Card {chance.Next(1, 90)}"),
            };
            foreach (var (name, unit) in chance.GetItems(Larder, chance.Next(4, 8)).DistinctBy(i => i.Name))
                recipe.Ingredients.Add(new() { Name = name, Unit = unit, Amount = chance.Next(1, 40) * (unit.Length == 0 ? 1m : 12.5m) });
            yield return recipe;
        }
    }
}
